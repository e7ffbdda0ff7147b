# SPDX-License-Identifier: Apache-2.0
"""Faults of what people write: a policy that is none, namespaces in crowds, a stream that goes away while it is used."""
import json
import queue
import threading
import time

from checks import Broken, eventually
from faults_lab import OPEN, STRICT
from faults_load import Ask, Call, Client
from faults_table import MAY, MUST, NO, fault
from setting import enforced, namespace

IN_FORCE = 1.0  # seconds after which a change must be in force
NAMESPACES = 500
HANDS = 12


@fault("broken-policy", "a namespace whose policy is broken (in etcd, past the schema)")
def broken_policy(lab, note):
    key, good = lab.stored_in_etcd("streampolicies", OPEN, "default")
    broken = {**good, "spec": {"enforcement": "Sometimes", "pullPolicy": "none"}}
    refused = 'weir_cluster_objects_refused{resource="streampolicies.weir.dev"}'
    try:
        lab.etcd("put", key, stdin=json.dumps(broken))
        eventually("both replicas have refused it", lambda: list(lab.metric("webhook", refused).values()) == [1, 1])
        note("both replicas say so in weir_cluster_objects_refused, and keep the last good one in force")
        time.sleep(8)
    finally:
        lab.etcd("put", key, stdin=json.dumps(good))
    eventually("it is good again", lambda: list(lab.metric("webhook", refused).values()) == [0, 0])


def stream_denial(lab, call):
    """While there is no stream, its name is no image that may be used (Required); around that, either is right."""
    if "gone" not in lab.during or "mi-web" not in call.ask.image:
        return NO
    begin, gone, end, back = lab.during["gone"]
    if call.begin > gone + IN_FORCE and call.end < end:
        return MUST
    return MAY if call.end > begin and call.begin < back + IN_FORCE else NO


@fault("stream-deleted", "a stream deleted while used, and made again", denial=stream_denial)
def stream_deleted(lab, note):
    begin = time.monotonic()
    for space in lab.spaces():
        lab.cluster.kubectl("-n", space, "delete", "imagestreams.weir.dev", "mi-web")
    gone = time.monotonic()
    time.sleep(10)
    end = time.monotonic()
    lab.put([lab.stream(space, [lab.monday]) for space in lab.spaces()])
    lab.during["gone"] = (begin, gone, end, time.monotonic())
    lab.both_pin()


@fault("namespaces-500", "500 namespaces created at once, a Deployment in each")
def namespaces_500(lab, note):
    """One policy of the cluster is for all of them, and lends them a stream."""
    lab.put([{"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "crowd"},
              "spec": {"namespaceSelector": {"matchLabels": {"crowd": "yes"}},
                       "streams": {"resolution": "Required", "sharedNamespaces": [OPEN]}}}])
    lab.cluster.kubectl("create", "-f", "-", stdin=namespace("crowd", crowd="yes"))
    eventually("the policy is in force", lambda: lab.would_store("crowd", "mi-web:ultima") == lab.pinned)
    begin = time.monotonic()
    names = queue.Queue()
    for number in range(NAMESPACES):
        names.put(number)
    broken = []
    hands = [threading.Thread(target=make_crowd, args=(lab, names, broken)) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    if broken:
        raise Broken(broken[0])
    note(f"{NAMESPACES} namespaces and a Deployment in each in {time.monotonic() - begin:.1f} s")
    lab.cluster.kubectl("delete", "clusterstreampolicy", "crowd")


def make_crowd(lab, names, broken):
    """A namespace, and at once what is to run in it; every second one is strict."""
    client = Client(lab.cluster)
    ask = Ask("Deployment", "mi-web:ultima", "IfNotPresent", "pin")
    while not broken:
        try:
            number = names.get_nowait()
        except queue.Empty:
            break
        name = f"crowd-{number}"
        made = enforced(name, "strict") if number % 2 else namespace(name)
        made["metadata"]["labels"]["crowd"] = "yes"
        if number % 2:
            lab.more_strict.add(name)
        status, _ = client.post("/api/v1/namespaces", made)
        if status != 201:
            broken.append(f"namespace {name}: {status}")
            break
        call = Call(ask, name, "at-once")
        client.make(call)
        lab.load.calls.append(call)
    client.close()
