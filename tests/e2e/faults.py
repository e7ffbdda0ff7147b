# SPDX-License-Identifier: Apache-2.0
"""What becomes of creates while something breaks: weir on a real node, a constant load of Pods and Deployments in a
namespace that fails open and in a strict one, one fault after the other; every create is compared with what is stored.

    python3 tests/e2e/faults.py [--fault NAME]... [--logs FOLDER] build/weir

Prints a table, a row a fault. Exit code 1 where anything is wrong or lost, where a fault could not be done, or where
anything but the default namespace fell open."""
import argparse
import os
import subprocess
import sys
import time
import traceback

import faults_weir  # noqa: F401, I001: the order of these is the order of the faults
import faults_cluster  # noqa: F401
import faults_objects  # noqa: F401
import faults_certificates  # noqa: F401: the last one
from cluster import Cluster
from faults_judge import Sums, judge
from faults_lab import Lab, backdate_certificates
from faults_load import Load, asks_for
from faults_table import FAULTS, table
from run import keep_logs

from processes import Stage

BEFORE = 20  # creates that must succeed before a fault
AFTER = 60  # and after it


def arguments():
    parser = argparse.ArgumentParser(prog="faults.py")
    parser.add_argument("--fault", action="append", choices=[fault.name for fault in FAULTS])
    parser.add_argument("--logs")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("binary", nargs="?")
    return parser.parse_args()


def make_cluster():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Cluster("node", os.environ.get("CLUSTER_DIR") or f"{cache}/weir/faults",
                   {"PORT_OFFSET": os.environ.get("PORT_OFFSET", "20000"),
                    "NETNS": os.environ.get("NETNS", "weir-faults")})


def do(lab, fault):
    """The row of one fault. What stumbles is written into it: the faults after it are still done."""
    lab.all_ready()
    lab.both_pin()
    load = lab.load = Load(lab.cluster, lab.spaces(), asks_for(lab.repository))
    lab.during = {}
    lab.webhooks = lab.pods("webhook")
    stumbled, notes = None, []
    with load:
        load.wait_for_calls(BEFORE)
        try:
            fault.do(lab, notes.append)
            lab.all_ready()
            lab.both_pin()
        except Exception:  # noqa: BLE001
            stumbled = traceback.format_exc() + lab.look(fault.name)
            lab.restore()
        load.wait_for_calls(AFTER)
    sums = judge(lab, fault, load)
    sums.notes = notes
    sums.stumbled = stumbled
    lab.forget_load()
    return sums


def report(fault, sums, seconds):
    counts = ", ".join(f"{name} {count}" for name, count in sums.counts.items())
    print(f"{'FAIL' if sums.is_bad() else 'ok'}    {fault.name} ({seconds:.0f} s): {counts}; gap {sums.gap:.1f} s")
    for line in sums.notes:
        print("      " + line)
    for reason, count in sums.reasons.most_common(10):
        print(f"      {count} x {reason}")
    if sums.stumbled:
        print(sums.stumbled)
    sys.stdout.flush()


def do_all(lab, wanted):
    rows = []
    for fault in wanted:
        begin = time.monotonic()
        try:
            sums = do(lab, fault)
        except Exception:  # noqa: BLE001
            sums = Sums(fault.title)
            sums.stumbled = traceback.format_exc()
        rows.append(sums)
        report(fault, sums, time.monotonic() - begin)
    return rows


def end(cluster):
    """The second node, where a fault left it, before the network that it is in."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults_second_node.sh")
    subprocess.run(["bash", script, "down"], env=cluster.environment)
    cluster.down()


def main():
    options = arguments()
    if options.list:
        for fault in FAULTS:
            print(f"{fault.name:20} {fault.title}")
        return 0
    wanted = [fault for fault in FAULTS if not options.fault or fault.name in options.fault]
    cluster = make_cluster()
    rows = []
    try:
        with Stage() as stage:
            backdate_certificates(stage, cluster)
            cluster.up()
            lab = Lab(stage, cluster, os.path.abspath(options.binary))
            lab.logs = options.logs
            try:
                lab.prepare()
                rows = do_all(lab, wanted)
            finally:
                if options.logs:
                    keep_logs(stage, cluster, options.logs)
                    lab.keep_pod_logs("end")
    finally:
        end(cluster)
    print(table(rows))
    return 1 if len(rows) < len(wanted) or any(sums.is_bad() for sums in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
