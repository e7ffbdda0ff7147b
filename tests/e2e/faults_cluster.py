# SPDX-License-Identifier: Apache-2.0
"""Faults of what weir lives on: the API server, etcd, the registry, the node."""
import json
import os
import signal
import time

from checks import eventually, expect_true
from faults_lab import OPEN
from faults_table import MAY, NO, fault
from setting import SYSTEM

LISTS = 'weir_cluster_lists_total{resource="imagestreams.weir.dev"}'
FOREVER = float("inf")
CLOSED_BY_DOWN = 75.0  # seconds after which a registry that is back must be asked again: the breaker waits up to a minute


def expect_followed(lab):
    """What is changed from now on is in force soon."""
    lab.put([stream_named(lab, "later", lab.monday)])
    eventually("a stream made since is in force", lambda: lab.would_store(OPEN, "later:ultima") == lab.pinned)
    lab.cluster.kubectl("-n", OPEN, "delete", "imagestreams.weir.dev", "later")


def stream_named(lab, name, digest):
    made = lab.stream(OPEN, [digest])
    made["metadata"]["name"] = name
    return made


@fault("apiserver-restarted", "the API server restarted, then killed", may_stall=True)
def apiserver_restarted(lab, note):
    for how, end in (("SIGTERM", lambda: lab.cluster.stop("kube-apiserver")),
                     ("SIGKILL", lambda: lab.kill_process("kube-apiserver"))):
        begin = time.monotonic()
        end()
        for pod in lab.webhooks:
            expect_true("a webhook is ready while the API server is away", lab.probe(pod, "/readyz")[0] == 200)
        lab.start_again()
        lab.both_pin()
        note(f"{how}: creates are pinned again {time.monotonic() - begin:.1f} s after it")
        expect_followed(lab)


@fault("etcd-stopped", "etcd stopped for 20 s (SIGSTOP)", may_stall=True)
def etcd_stopped(lab, note):
    etcd = lab.process_of("etcd")
    leader = lab.leader()
    os.kill(etcd, signal.SIGSTOP)
    try:
        time.sleep(20)
    finally:
        os.kill(etcd, signal.SIGCONT)
    begin = time.monotonic()
    lab.both_pin()
    note(f"creates are pinned again {time.monotonic() - begin:.1f} s after it goes on")
    expect_followed(lab)
    eventually("a leader", lab.leader)
    note("the leader is " + ("the same" if lab.leader() == leader else "another"))


@fault("watch-expired", "watches expired (etcd compacted while the API server was away)", may_stall=True)
def watch_expired(lab, note):
    """What changed in the gap can only be known by another list."""
    tuesday = lab.registry.push_index("shop/web", "tuesday", "web of Tuesday")[0]["digest"]
    lab.put([stream_named(lab, "moved", lab.monday)])
    eventually("the stream is in force", lambda: lab.would_store(OPEN, "moved:ultima") == lab.pinned)
    before = lab.metric("webhook", LISTS)
    lab.cluster.stop("kube-apiserver")
    try:
        key, stored = lab.stored_in_etcd("imagestreams", OPEN, "moved")
        event = stored["status"]["tags"][0]["items"][0]
        event["image"] = tuesday
        event["dockerImageReference"] = f"{lab.repository}@{tuesday}"
        lab.etcd("put", key, stdin=json.dumps(stored))
        for number in range(100):
            lab.etcd("put", "/not-of-kubernetes", str(number))
        revision = json.loads(lab.etcd("get", "/not-of-kubernetes", "-w", "json"))["header"]["revision"]
        lab.etcd("compact", str(revision))
    finally:
        lab.start_again()
    begin = time.monotonic()
    wanted = f"{lab.repository}@{tuesday}"
    eventually("each replica has listed anew", lambda: all(
        after > before.get(name, 0) for name, after in lab.metric("webhook", LISTS).items()), 60)
    expect_true("what changed meanwhile is in force", lab.would_store(OPEN, "moved:ultima") == wanted)
    note(f"both replicas have listed anew {time.monotonic() - begin:.1f} s after the API server is ready; "
         "what changed meanwhile is in force")
    revision = json.loads(lab.etcd("get", "/not-of-kubernetes", "-w", "json"))["header"]["revision"]
    lab.etcd("compact", str(revision))  # and once more under running watches
    lab.cluster.kubectl("-n", OPEN, "delete", "imagestreams.weir.dev", "moved")


def registry_denial(lab, call):
    """A plain tag may be denied for now, with 503, while its registry is away; nothing else."""
    begin, end = lab.during.get("away", (FOREVER, FOREVER))
    return MAY if call.ask.by_registry and call.status == 503 and call.end > begin and call.begin < end else NO


@fault("registry-down", "the registry slow, down, hanging, back", denial=registry_denial)
def registry_down(lab, note):
    answer_slowly(lab, 10)
    lab.during["away"] = (time.monotonic(), FOREVER)
    lab.cluster.stop("registry")
    time.sleep(8)
    lab.start_again()
    os.kill(lab.process_of("registry"), signal.SIGSTOP)
    time.sleep(10)
    os.kill(lab.process_of("registry"), signal.SIGCONT)
    back = time.monotonic()
    eventually("plain tags are pinned again", lambda: no_denials(lab, 5.0), CLOSED_BY_DOWN)
    end = max(call.end for call in lab.load.calls if registry_denial(lab, call) == MAY)
    lab.during["away"] = (lab.during["away"][0], end)
    note(f"plain tags are pinned again {max(0.0, end - back):.1f} s after it is back; streams all the time, by their records")


def answer_slowly(lab, seconds):
    """It sleeps for 1.2 s, works for a fifth of that, and so on."""
    registry = lab.process_of("registry")
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            os.kill(registry, signal.SIGSTOP)
            time.sleep(1.2)
            os.kill(registry, signal.SIGCONT)
            time.sleep(0.24)
    finally:
        os.kill(registry, signal.SIGCONT)


def no_denials(lab, seconds):
    """So long nothing was denied for want of the registry, and something was asked of it."""
    now = time.monotonic()
    asked = [call for call in list(lab.load.calls) if call.ask.by_registry and call.end > now - seconds]
    return len(asked) > 10 and all(call.status == 201 for call in asked)


@fault("node-drained", "the node of both webhooks drained, then back")
def node_drained(lab, note):
    lab.second_node("up")
    try:
        for node, other in (("node0", "node1"), ("node1", "node0")):
            begin = time.monotonic()
            lab.cluster.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force",
                                "--timeout=100s")
            lab.all_ready()
            places = {pod["spec"]["nodeName"] for pod in lab.pods("webhook") + lab.pods("controller")}
            expect_true(f"all run on {other}: {places}", places == {other})
            note(f"{node} drained in {time.monotonic() - begin:.1f} s, all replicas ready on {other}")
            lab.cluster.kubectl("uncordon", node)
    finally:
        lab.cluster.kubectl("delete", "node", "node1")
        lab.second_node("down")
    lab.cluster.kubectl("-n", SYSTEM, "get", "pods")
