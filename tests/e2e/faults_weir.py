# SPDX-License-Identifier: Apache-2.0
"""Faults of weir's own processes: killed, replaced, with a clock that is wrong, without CPU, without memory."""
import base64
import copy
import json
import os
import subprocess
import sys
import time

from checks import eventually, expect_true
from faults_lab import FAKETIME
from faults_table import fault
from setting import SYSTEM

HERE = os.path.dirname(os.path.abspath(__file__))
LIBM = "/lib/x86_64-linux-gnu/libm.so.6"  # which it wants, and weir's image has not
FLOOD_SECONDS = 20


@fault("webhook-killed", "a webhook Pod killed (SIGKILL)", may_open=True)
def webhook_killed(lab, note):
    victim = lab.pods("webhook")[0]
    for _ in range(2):  # the second time the kubelet waits ten seconds before it starts it again
        lab.kill(victim)
        time.sleep(6)
    lab.all_ready()
    note(f"restarts that the kubelet counted: {lab.restarts('webhook')}")


@fault("webhooks-down", "all webhook Pods down", may_open=True)
def webhooks_down(lab, note):
    for pod in lab.pods("webhook"):
        lab.kill(pod)
    lab.scale("webhook", 0)
    eventually("no webhook is left", lambda: not lab.cluster.list("Pod", SYSTEM, "app.kubernetes.io/component=webhook"))
    time.sleep(12)
    begin = time.monotonic()
    lab.scale("webhook", 2)
    lab.all_ready()
    note(f"two replicas ready {time.monotonic() - begin:.1f} s after they were asked for")


@fault("leader-killed", "the leading controller killed (SIGKILL)")
def leader_killed(lab, note):
    first = lab.leader()
    victim = next(pod for pod in lab.pods("controller") if pod["metadata"]["name"] in first)
    begin = time.monotonic()
    lab.kill(victim)
    old = lab.cluster.get("Secret", SYSTEM, "weir-webhook-tls")["metadata"]["uid"]
    lab.cluster.kubectl("-n", SYSTEM, "delete", "secret", "weir-webhook-tls")
    eventually("another leader", lambda: lab.leader() not in ("", first))
    note(f"another leads after {time.monotonic() - begin:.1f} s")
    eventually("the certificate that was deleted meanwhile is made anew", lambda: (
        lab.cluster.find("Secret", SYSTEM, "weir-webhook-tls") or {"metadata": {"uid": old}})["metadata"]["uid"] != old, 30)
    note(f"the certificate's Secret, deleted meanwhile, is there after {time.monotonic() - begin:.1f} s")


@fault("rolling-update", "a rolling update of both Deployments")
def rolling_update(lab, note):
    begin = time.monotonic()
    for component in ("webhook", "controller"):
        lab.cluster.kubectl("-n", SYSTEM, "rollout", "restart", "deploy/weir-" + component)
    for component in ("webhook", "controller"):
        lab.cluster.kubectl("-n", SYSTEM, "rollout", "status", "deploy/weir-" + component, "--timeout=120s")
    note(f"done after {time.monotonic() - begin:.1f} s")


def with_clock(lab, component, offset):
    """A Deployment of one replica like the component's, but with a clock that is off. The library that lies about the
    time comes as a ConfigMap: the namespace's Pod Security allows nothing from the host."""
    made = lab.cluster.get("Deployment", SYSTEM, "weir-" + component)
    late = {"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": f"weir-{component}-off", "namespace": SYSTEM}, "spec": copy.deepcopy(made["spec"])}
    late["spec"]["replicas"] = 1
    late["spec"]["selector"]["matchLabels"]["clock"] = "off"
    template = late["spec"]["template"]
    template["metadata"]["labels"]["clock"] = "off"
    box = template["spec"]["containers"][0]
    box["env"] = [{"name": "LD_PRELOAD", "value": "/faketime/" + os.path.basename(FAKETIME)},
                  {"name": "LD_LIBRARY_PATH", "value": "/faketime"},
                  {"name": "FAKETIME", "value": offset}, {"name": "FAKETIME_DONT_FAKE_MONOTONIC", "value": "1"}]
    box.setdefault("volumeMounts", []).append({"name": "faketime", "mountPath": "/faketime", "readOnly": True})
    template["spec"].setdefault("volumes", []).append({"name": "faketime", "configMap": {"name": "faketime"}})
    return late


def content_of(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


def clock_of(lab, component):
    """How far off the replica is, by the Date of its answers, seconds."""
    pod = next(pod for pod in lab.ready(component) if pod["metadata"]["labels"].get("clock") == "off")
    return lab.date_of(pod) - time.time()


@fault("clock-off", "the clock of one replica 5 min off")
def clock_off(lab, note):
    lab.cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "faketime", "namespace": SYSTEM},
                       "binaryData": {os.path.basename(path): content_of(path) for path in (FAKETIME, LIBM)}},
                      "--server-side")
    for offset in ("+300s", "-300s"):
        one_with_clock(lab, note, offset)
    for component in ("webhook", "controller"):
        lab.scale(component, 2)
        lab.cluster.kubectl("-n", SYSTEM, "rollout", "status", "deploy/weir-" + component, "--timeout=120s")
        lab.cluster.kubectl("-n", SYSTEM, "delete", "deploy", f"weir-{component}-off", "--wait=false")
    lab.all_ready()


def one_with_clock(lab, note, offset):
    """One replica of each program is off, one is right; the one that is off leads, and makes a certificate."""
    for component in ("webhook", "controller"):
        lab.cluster.kubectl("apply", "-f", "-", stdin=with_clock(lab, component, offset))
        lab.cluster.kubectl("-n", SYSTEM, "rollout", "status", f"deploy/weir-{component}-off", "--timeout=120s")
        lab.scale(component, 1)
    lab.all_ready()
    off = [clock_of(lab, component) for component in ("webhook", "controller")]
    expect_true(f"the clocks are off: {off}", all(290 < abs(one) < 310 for one in off))
    lab.scale("controller", 0)
    eventually("the one that is off leads", lambda: "-off-" in lab.leader())
    lab.scale("controller", 1)
    old = lab.cluster.get("Secret", SYSTEM, "weir-webhook-tls")["metadata"]["uid"]
    lab.cluster.kubectl("-n", SYSTEM, "delete", "secret", "weir-webhook-tls")
    eventually("its certificate", lambda: (
        lab.cluster.find("Secret", SYSTEM, "weir-webhook-tls") or {"metadata": {"uid": old}})["metadata"]["uid"] != old, 30)
    note(f"{offset}: webhook {off[0]:+.0f} s, controller {off[1]:+.0f} s; it led and issued a certificate")
    time.sleep(16)  # until the kubelet has shown it to the webhooks


@fault("cpu-starved", "both webhooks held to 5 % of a CPU", may_open=True)
def cpu_starved(lab, note):
    pods = lab.pods("webhook")
    for pod in pods:
        lab.limit_cpu(pod, 5)
    begin = time.monotonic()
    try:
        time.sleep(25)
    finally:
        for pod in pods:
            lab.limit_cpu(pod, None)
    taken = [call.end - call.begin for call in lab.load.calls if call.begin > begin]
    taken.sort()
    note(f"calls meanwhile {len(taken)}: median {taken[len(taken) // 2] * 1000:.0f} ms, "
         f"99 % within {taken[len(taken) * 99 // 100] * 1000:.0f} ms, the slowest {taken[-1] * 1000:.0f} ms")
    note(f"restarts that the kubelet counted: {lab.restarts('webhook')}")


@fault("memory-flood", "a flood of 3 MB reviews, 96 MiB of memory")
def memory_flood(lab, note):
    before = lab.restarts("webhook")
    pods = lab.pods("webhook")
    addresses = [pod["status"]["podIP"] for pod in pods]
    flood = subprocess.run([sys.executable, os.path.join(HERE, "faults_flood.py"), str(FLOOD_SECONDS), *addresses],
                           capture_output=True, text=True, timeout=FLOOD_SECONDS + 60)
    answers = json.loads(flood.stdout or "{}")
    note("what the flood was answered: " + (", ".join(f"{what} {count}" for what, count in sorted(answers.items())) or
                                            flood.stderr[-500:]))
    note("highest memory of the Pods: " + ", ".join(f"{lab.memory_peak(pod) / 2**20:.0f} MiB" for pod in pods))
    lab.all_ready()
    expect_true("no webhook was killed for its memory", lab.restarts("webhook") == before)
