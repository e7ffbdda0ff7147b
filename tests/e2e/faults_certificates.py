# SPDX-License-Identifier: Apache-2.0
"""Certificates that are renewed while they are used. Afterwards they live for minutes only: the last fault."""
import json
import time

from checks import eventually
from faults_table import fault
from setting import SYSTEM

# The kubelet shows a changed Secret to a Pod within 15 s: the grace is longer.
LIVES = ["--ca-lifetime=180s", "--certificate-lifetime=60s", "--rotation-grace=20s"]
ROTATIONS = 'weir_certificate_rotations_total{certificate="%s"}'
SECONDS = 240


def rotations(lab, what):
    """By the leader's count: it begins at nought with each leader."""
    return max(lab.metric("controller", ROTATIONS % what).values(), default=0)


@fault("certificates", "three certificate and two CA rotations")
def certificates(lab, note):
    """The first CA is replaced because somebody wants it, the second one by its age, and certificates by theirs."""
    patch = [{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": flag} for flag in LIVES]
    lab.cluster.kubectl("-n", SYSTEM, "patch", "deploy", "weir-controller", "--type=json", "-p", json.dumps(patch))
    lab.cluster.kubectl("-n", SYSTEM, "rollout", "status", "deploy/weir-controller", "--timeout=120s")
    lab.all_ready()
    eventually("a leader", lambda: any(pod["metadata"]["name"] in lab.leader() for pod in lab.pods("controller")))
    begin = time.monotonic()
    lab.cluster.kubectl("-n", SYSTEM, "delete", "secret", "weir-ca")
    eventually("two CAs", lambda: rotations(lab, "ca") >= 2, SECONDS)
    eventually("three certificates", lambda: rotations(lab, "serving") >= 3, SECONDS)
    eventually("the last CA is alone again", lambda: "previous.crt" not in lab.cluster.get(
        "Secret", SYSTEM, "weir-ca")["data"], 60)
    note(f"{rotations(lab, 'ca'):.0f} CAs and {rotations(lab, 'serving'):.0f} certificates "
         f"in {time.monotonic() - begin:.0f} s")
