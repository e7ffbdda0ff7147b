# SPDX-License-Identifier: Apache-2.0
"""What the faults are done to: weir as its manifests install it, on a real node, with its processes and their cgroups
within reach; and the two namespaces of the load, one that fails open and a strict one."""
import email.utils
import glob
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess

from checks import eventually
from cluster import path_of
from on_node import OnNode
from setting import SYSTEM, enforced, namespace, policy
from workloads import container, image_of, pod

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"  # Debian's libfaketime
OPEN = "load-open"
STRICT = "load-strict"
RULE = {"name": "no-never", "allow": ["IfNotPresent", "Always"], "action": "Deny"}
ASKED = {"streams": {"resolution": "Required", "lookup": "Only"}, "tags": {"resolution": "Required"},
         "freshness": "FromPullPolicy", "pullPolicy": [RULE]}


def backdate_certificates(stage, cluster):
    """The cluster's own are made as of yesterday: a replica whose clock is slow could not verify younger ones."""
    path = stage.path("bin", "openssl")
    with open(path, "w") as file:
        file.write(f'#!/bin/sh\nLD_PRELOAD={FAKETIME} FAKETIME=-1d exec {shutil.which("openssl")} "$@"\n')
    os.chmod(path, 0o755)
    cluster.environment["PATH"] = os.path.dirname(path) + ":" + os.environ["PATH"]


class Lab(OnNode):
    """What a fault wants its judge to know stands in `during`; namespaces that it made strict in `more_strict`."""

    def prepare(self):
        self.during = {}
        self.more_strict = set()
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

    def is_strict(self, space):
        return space == STRICT or space in self.more_strict

    # The cluster's own processes.

    def process_of(self, name):
        """Process id of one that cluster-up.sh started."""
        with open(f"{self.cluster.folder}/pid/{name}") as file:
            return int(file.read().split()[0])

    def kill_process(self, name):
        """SIGKILL, until nobody listens in its place."""
        os.kill(self.process_of(name), signal.SIGKILL)
        eventually(f"{name} is gone", lambda: not self.is_served())

    def is_served(self):
        """Whether the API server's port is taken."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.cluster.port())) == 0

    def start_again(self):
        if self.cluster.script("cluster-up.sh", "node").returncode != 0:
            raise RuntimeError("the cluster does not start again")
        self.cluster.connection = None

    def etcd(self, *arguments, stdin=None):
        port = 2379 + int(self.cluster.environment["PORT_OFFSET"])
        run = subprocess.run(["etcdctl", f"--endpoints=127.0.0.1:{port}", *arguments], input=stdin, text=True,
                             capture_output=True, timeout=20, env={**os.environ, "ETCDCTL_API": "3"})
        if run.returncode != 0:
            raise RuntimeError(f"etcdctl {arguments[0]}: {run.stderr}")
        return run.stdout

    def stored_in_etcd(self, plural, space, name):
        """One of weir's objects past the API server: its key, and the object."""
        key = f"/registry/weir.dev/{plural}/{space}/{name}"
        return key, json.loads(self.etcd("get", key, "--print-value-only"))

    def second_node(self, what):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults_second_node.sh")
        subprocess.run(["bash", script, what], env=self.cluster.environment, check=True)

    def keep_pod_logs(self, name):
        """Before the Pods are gone, and their logs with them."""
        if not self.logs:
            return
        os.makedirs(f"{self.logs}/{name}", exist_ok=True)
        for path in glob.glob(self.cluster.folder + f"*/podlogs/{SYSTEM}_*/weir/*.log"):
            shutil.copy(path, f"{self.logs}/{name}/{path.split('/')[-3].split('_')[1]}-{os.path.basename(path)}")

    def look(self, name):
        """What a person would look at first where a fault could not be done."""
        self.keep_pod_logs(name)
        return "".join(self.cluster.try_kubectl("-n", SYSTEM, *command)[1] for command in (
            ("get", "pods", "-o", "wide"), ("get", "events", "--sort-by=.lastTimestamp")))[-4000:]

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

    def limit_cpu(self, pod, percent):
        """What the Pod's containers may have of one CPU, or None: no limit."""
        for folder in self.cgroups("cpu", pod):
            if os.path.exists(folder + "cpu.cfs_quota_us"):
                write(folder + "cpu.cfs_quota_us", -1 if percent is None else percent * 1000)
            else:
                write(folder + "cpu.max", f"{'max' if percent is None else percent * 1000} 100000")

    def memory_peak(self, pod):
        """The highest that a container of the Pod had, bytes; 0 where it is gone."""
        peaks = [0]
        for folder in self.cgroups("memory", pod):
            for name in ("memory.max_usage_in_bytes", "memory.peak"):
                if os.path.exists(folder + name):
                    with open(folder + name) as file:
                        peaks.append(int(file.read()))
        return max(peaks)

    def date_of(self, pod):
        """The Pod's clock, seconds since the epoch."""
        connection = http.client.HTTPConnection(pod["status"]["podIP"], 8080, timeout=5)
        try:
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            answer.read()
            return email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
        finally:
            connection.close()

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
        return self.would_store(space, "mi-web:ultima") == self.pinned

    def would_store(self, space, image):
        """The image of a Pod that is created there, or None."""
        made = pod(space, "probe", container(image=image))
        try:
            status, answer = self.cluster.ask("POST", path_of("Pod", space) + "?dryRun=All", made)
        except (OSError, http.client.HTTPException):
            return None
        return image_of({"kind": "Pod", **answer}) if status == 201 else None

    def scale(self, component, replicas):
        self.cluster.kubectl("-n", SYSTEM, "scale", "deploy/weir-" + component, f"--replicas={replicas}")

    def restarts(self, component):
        return sum(status["restartCount"] for pod in self.pods(component)
                   for status in pod["status"].get("containerStatuses", []))

    def leader(self):
        """Name of the Pod that works."""
        path = f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases/weir-controller"
        return self.cluster.ask("GET", path)[1]["spec"].get("holderIdentity", "")

    def metric(self, component, name):
        """The metric with these labels, of each Pod by name; a Pod that does not answer is left out."""
        found = {}
        for one in self.ready(component):
            try:
                text = self.probe(one, "/metrics")[1].decode()
            except (OSError, http.client.HTTPException):
                continue
            values = [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name + " ")]
            found[one["metadata"]["name"]] = values[0] if values else 0.0
        return found

    def restore(self):
        """What a fault that stumbled may have left undone."""
        self.start_again()
        self.cluster.try_kubectl("-n", SYSTEM, "delete", "deploy", "weir-webhook-off", "weir-controller-off",
                                 "--ignore-not-found", "--wait=false")
        self.cluster.try_kubectl("uncordon", "node0")
        self.apply_manifests()

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


def write(path, value):
    with open(path, "w") as file:
        file.write(str(value))


def runs_weir(pid):
    try:
        with open(f"/proc/{pid}/comm") as file:
            return file.read().strip() == "weir"
    except OSError:
        return False
