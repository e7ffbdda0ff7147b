# SPDX-License-Identifier: Apache-2.0
"""Instruments: CPU time and memory of a process from /proc, load from h2load, medians."""
import glob
import os
import re
import statistics
import subprocess

SERVER_CORE, CLIENT_CORE = "0", "1"


def pinned(core):
    return ["taskset", "-c", core]


def cpu_ns(pid):
    """What all threads have run so far; those that ended are not in it."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as file:
            total += int(file.read().split()[0])
    return total


def rss_kb(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def h2load(port, body, requests, clients, streams=1, http1=False, log=None):
    """Posts a body's file; any answer but a 2xx is an error."""
    argv = [*pinned(CLIENT_CORE), "h2load", "-n", str(requests), "-c", str(clients), "-m", str(streams), "-d", body,
            "-H", "content-type: application/json", f"https://127.0.0.1:{port}/admit?timeout=10s"]
    if http1:
        argv.insert(4, "--h1")
    if log:
        argv.insert(4, f"--log-file={log}")
    out = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    good = re.search(r"status codes: (\d+) 2xx", out)
    if not good or int(good.group(1)) != requests:
        raise RuntimeError(f"{' '.join(argv)}: not every answer was a 2xx:\n{out}")


def cpu_per_request(server, body, requests, **load):
    """Microseconds of the server's CPU for each request."""
    begin = cpu_ns(server.process.pid)
    h2load(server.port(), body, requests, **load)
    return (cpu_ns(server.process.pid) - begin) / requests / 1000


def median(values):
    return statistics.median(values)


def spread(values):
    """How far runs are from their median, at most, as a share of it; of five or more the outermost two apart."""
    ordered = sorted(values)
    inner = ordered[1:-1] if len(ordered) >= 5 else ordered
    return max(inner[-1] - median(values), median(values) - inner[0]) / median(values)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def machine():
    with open("/proc/cpuinfo") as file:
        text = file.read()
    model = re.search(r"model name\s*:\s*(.*)", text)
    flags = re.search(r"flags\s*:\s*(.*)", text)
    vector = "AVX2" if flags and " avx2 " in flags.group(1) + " " else "no AVX2"
    return f"{model.group(1) if model else os.uname().machine}, {os.cpu_count()} cores, {vector}"
