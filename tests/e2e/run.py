# SPDX-License-Identifier: Apache-2.0
"""weir on a real Kubernetes: starts a cluster of tests/cluster, installs the manifests, runs the checks, and takes
everything down again, however it ends.

    python3 tests/e2e/run.py [--mode cp|node] [--only WORDS] [--logs FOLDER] build/weir
    python3 tests/e2e/run.py --install build/weir      a node with weir on it that is left running: cluster-down.sh

One line a check, then "N passed, M failed"; exit code 0 where none failed. --only runs the checks whose sentence has
these words; --logs keeps what all processes logged."""
import argparse
import glob
import os
import shutil
import sys
import time

import checks
import checks_writes  # noqa: F401, I001: the order of these is the order of the checks
import checks_rollout  # noqa: F401
import checks_others  # noqa: F401
import checks_story  # noqa: F401
import checks_commands  # noqa: F401
import checks_operation  # noqa: F401
import checks_node  # noqa: F401
import checks_manifests  # noqa: F401
import checks_examples  # noqa: F401
import checks_removal  # noqa: F401
import checks_overlays  # noqa: F401
import checks_upgrade  # noqa: F401
from cluster import Cluster
from on_machine import OnMachine
from on_node import OnNode

from processes import Stage


def arguments():
    parser = argparse.ArgumentParser(prog="run.py")
    parser.add_argument("--mode", choices=("cp", "node"), default="cp")
    parser.add_argument("--only", default="")
    parser.add_argument("--logs")
    parser.add_argument("--install", action="store_true")
    parser.add_argument("binary")
    options = parser.parse_args()
    if options.install:
        options.mode = "node"
    return options


def make_cluster(mode):
    """Its own ports, so that a developer's cluster is not in the way."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.environ.get("CLUSTER_DIR") or f"{cache}/weir/e2e-{mode}"
    return Cluster(mode, folder, {"PORT_OFFSET": os.environ.get("PORT_OFFSET", "10000"),
                                  "NETNS": os.environ.get("NETNS", "weir-e2e")})


def run(stage, cluster, options, tally):
    made = OnNode if cluster.mode == "node" else OnMachine
    setting = made(stage, cluster, os.path.abspath(options.binary))
    begin = time.monotonic()
    try:
        judge(setting, begin, options, tally)
    finally:
        if options.logs:
            keep_logs(stage, cluster, options.logs)


def keep_logs(stage, cluster, folder):
    os.makedirs(folder, exist_ok=True)
    for path in glob.glob(stage.folder + "/*.log") + glob.glob(cluster.folder + "/log/*.log"):
        shutil.copy(path, folder)


def judge(setting, begin, options, tally):
    setting.prepare()
    print(f"      installed in {time.monotonic() - begin:.1f} s", flush=True)
    if options.install:
        print(f"      use it with: . {setting.cluster.folder}/env.sh", flush=True)
        return
    for sentence, modes, function in checks.CHECKS:
        if setting.cluster.mode in modes and options.only in sentence:
            tally.run(sentence, function, setting)


def main():
    options = arguments()
    cluster = make_cluster(options.mode)
    tally = checks.Tally()
    left_running = False
    try:
        with Stage() as stage:
            cluster.up()
            run(stage, cluster, options, tally)
            left_running = options.install
    except KeyboardInterrupt:
        tally.failed.append("interrupted")
    finally:
        if not left_running:
            cluster.down()
    if left_running:
        return 0
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
