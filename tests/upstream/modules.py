# SPDX-License-Identifier: Apache-2.0
"""The modules that go.mod beside this file names, in Go's module cache ($GOMODCACHE, outside the tree): fetched when they
are not there, refused when they are not what go.sum says."""

import json
import os
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FETCH_SECONDS = 600
GO = (1, 26)  # what the newest of the modules asks for
_NOT_THERE = re.compile(r"dial tcp|no such host|connection re(fused|set)|[Tt]imeout|TLS handshake|: (403|404|410|5\d\d) "
                        r"|disabled by GOPROXY")


class NotToBeHad(Exception):
    """This machine has no Go, or cannot reach a module proxy."""


def pinned(directory=HERE):
    """Path -> (version, h1 sum)."""
    with open(os.path.join(directory, "go.mod"), encoding="utf-8") as file:
        versions = dict(re.findall(r"^\t(\S+) (v\S+)$", file.read(), re.MULTILINE))
    with open(os.path.join(directory, "go.sum"), encoding="utf-8") as file:
        sums = {(path, version): sum_ for path, version, sum_ in (line.split() for line in file)}
    missing = [path for path, version in versions.items() if (path, version) not in sums]
    if not versions or missing:
        raise ValueError(f"go.sum lacks {missing or 'everything'}")
    return {path: (version, sums[path, version]) for path, version in versions.items()}


def _download(go, wanted):
    # Outside any module, so that only these are looked at and not what they require in turn.
    with tempfile.TemporaryDirectory() as elsewhere:
        done = subprocess.run([go, "mod", "download", "-json", *wanted], cwd=elsewhere, capture_output=True, text=True,
                              timeout=FETCH_SECONDS, env={**os.environ, "GOFLAGS": "-mod=mod", "GO111MODULE": "on"})
    decoder, text, found = json.JSONDecoder(), done.stdout, []
    while text.strip():
        module, end = decoder.raw_decode(text.lstrip())
        text = text.lstrip()[end:]
        found.append(module)
    if not found and done.returncode != 0:
        raise RuntimeError(f"go mod download: {done.stderr.strip()}")
    return found


def _find_go():
    go = shutil.which("go")
    if not go:
        raise NotToBeHad("no Go on this machine")
    told = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, timeout=60).stdout.strip()
    version = re.match(r"go(\d+)\.(\d+)", told)
    if version and tuple(map(int, version.groups())) < GO:
        raise NotToBeHad(f"{told} is older than Go {GO[0]}.{GO[1]}")
    return go


def fetch(directory=HERE):
    """Path -> folder of the sources."""
    go, wanted = _find_go(), pinned(directory)
    folders = {}
    for module in _download(go, [f"{path}@{version}" for path, (version, _) in wanted.items()]):
        error = module.get("Error", "")
        if error and _NOT_THERE.search(error):
            raise NotToBeHad(f"{module['Path']}: {error.strip().splitlines()[-1]}")
        if error:
            raise RuntimeError(f"{module['Path']}: {error}")
        if module["Sum"] != wanted[module["Path"]][1]:
            raise RuntimeError(f"{module['Path']}: its sum is {module['Sum']}, not that of go.sum")
        folders[module["Path"]] = module["Dir"]
    return folders
