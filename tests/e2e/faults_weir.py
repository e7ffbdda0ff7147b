# SPDX-License-Identifier: Apache-2.0
"""Faults of weir itself: its Pods, its leader, its certificates."""
import time

from faults_table import fault


@fault("webhook-killed", "a webhook Pod is killed (SIGKILL)", may_open=True)
def webhook_killed(lab, note):
    victim = lab.pods("webhook")[0]
    for _ in range(2):  # the second time the kubelet backs off
        lab.kill(victim)
        time.sleep(6)
    lab.all_ready()
    note(f"restarts counted by the kubelet: {lab.restarts('webhook')}")
