# SPDX-License-Identifier: Apache-2.0
"""What the faults are done to: weir as its manifests install it, on a real node, with its processes and their cgroups
within reach; and the two namespaces of the load, one that fails open and a strict one."""
import glob
import os
import signal

from checks import eventually
from on_node import OnNode
from setting import SYSTEM, enforced, namespace, policy

OPEN = "load-open"
STRICT = "load-strict"
RULE = {"name": "no-never", "allow": ["IfNotPresent", "Always"], "action": "Deny"}
ASKED = {"streams": {"resolution": "Required"}, "tags": {"resolution": "Required"}, "freshness": "FromPullPolicy",
         "pullPolicy": [RULE]}


class Lab(OnNode):
    def prepare(self):
        self.registry = self.make_registry()
        self.repository = self.registry.host + "/shop/web"
        self.monday = self.registry.push_index("shop/web", "ultima", "web of Monday")[0]["digest"]
        self.pinned = f"{self.repository}@{self.monday}"
        self.install()
        self.put(self.shop())
        for space in self.spaces():
            eventually(f"the ServiceAccount of {space}", lambda space=space: self.cluster.find("ServiceAccount", space, "default"))
        self.both_pin()

    def shop(self):
        made = [namespace(OPEN), enforced(STRICT, "strict")]
        for space in (OPEN, STRICT):
            made += [policy(space, **ASKED), self.stream(space, [self.monday])]
        return made

    def spaces(self):
        return (OPEN, STRICT)

    # Processes of Pods.

    def cgroups(self, controller, pod):
        """The folders of a Pod's containers under a controller, in the hierarchy of its own or the one of all."""
        root = f"/sys/fs/cgroup/{controller}" if os.path.isdir("/sys/fs/cgroup/" + controller) else "/sys/fs/cgroup"
        return [found for root in glob.glob(f"{root}/weir-{self.cluster.environment['NETNS']}*")
                for found in glob.glob(f"{root}/kubepods/*/pod{pod['metadata']['uid']}/*/")]

    def processes(self, pod):
        """Those of weir: the other container of a Pod is the one that keeps its namespaces."""
        found = []
        for folder in self.cgroups("memory", pod):
            with open(folder + "cgroup.procs") as file:
                found += [pid for pid in map(int, file.read().split()) if runs_weir(pid)]
        return found

    def kill(self, pod, number=signal.SIGKILL):
        """Every process of weir in this Pod."""
        pids = self.processes(pod)
        if not pids:
            raise RuntimeError("no process of " + pod["metadata"]["name"])
        for pid in pids:
            os.kill(pid, number)

    # What is waited for.

    def ready(self, component):
        """The Pods that are, and will stay, ready."""
        return [pod for pod in self.pods(component) if is_ready(pod)]

    def all_ready(self, seconds=90):
        for component in ("webhook", "controller"):
            eventually(f"two Pods of the {component} are ready, and no other is there", lambda component=component: (
                len(self.pods(component)) == len(self.ready(component)) == 2), seconds)

    def both_pin(self, seconds=60):
        """Both namespaces get what they ask for."""
        for space in self.spaces():
            eventually(f"what is created in {space} is pinned", lambda space=space: self.pins(space), seconds)

    def pins(self, space):
        try:
            return self.probe_image(space) == self.pinned
        except OSError:
            return False

    def scale(self, component, replicas):
        self.cluster.kubectl("-n", SYSTEM, "scale", "deploy/weir-" + component, f"--replicas={replicas}")

    def restarts(self, component):
        return sum(status["restartCount"] for pod in self.pods(component)
                   for status in pod["status"].get("containerStatuses", []))

    def leader(self):
        """Name of the Pod that works."""
        path = f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases/weir-controller"
        return self.cluster.ask("GET", path)[1]["spec"].get("holderIdentity", "")

    def forget_load(self):
        """What a load left behind."""
        for space in self.spaces():
            for path in (f"/apis/apps/v1/namespaces/{space}/deployments", f"/api/v1/namespaces/{space}/pods"):
                self.cluster.ask("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0})
        for kind in ("Deployment", "Pod"):
            for space in self.spaces():
                eventually(f"no {kind} is left in {space}",
                           lambda kind=kind, space=space: not self.cluster.list(kind, space), 60)


def is_ready(pod):
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def runs_weir(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip() == "weir"
    except OSError:
        return False
