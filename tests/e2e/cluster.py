# SPDX-License-Identifier: Apache-2.0
"""A cluster of tests/cluster, kubectl as a person uses it, and quick looks at what the API server has stored."""
import ctypes
import http.client
import json
import os
import ssl
import subprocess

from checks import Broken, eventually

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster")
PLURALS = {
    "Pod": "/api/v1/pods", "Secret": "/api/v1/secrets", "PodTemplate": "/api/v1/podtemplates",
    "ReplicationController": "/api/v1/replicationcontrollers", "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/serviceaccounts",
    "Deployment": "/apis/apps/v1/deployments", "ReplicaSet": "/apis/apps/v1/replicasets",
    "StatefulSet": "/apis/apps/v1/statefulsets", "DaemonSet": "/apis/apps/v1/daemonsets",
    "ControllerRevision": "/apis/apps/v1/controllerrevisions",
    "Job": "/apis/batch/v1/jobs", "CronJob": "/apis/batch/v1/cronjobs",
    "MutatingWebhookConfiguration": "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "ValidatingWebhookConfiguration": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "Node": "/api/v1/nodes",
}
NEW_NETWORK = 0x40000000


def path_of(kind, namespace=None, name=None):
    group, _, plural = PLURALS[kind].rpartition("/")
    path = f"{group}/namespaces/{namespace}/{plural}" if namespace else f"{group}/{plural}"
    return f"{path}/{name}" if name else path


class Cluster:
    def __init__(self, mode, folder, environment):
        self.mode = mode
        self.folder = folder
        self.environment = {**os.environ, "CLUSTER_DIR": folder, **environment}
        self.connection = None
        self.outside = None

    def script(self, name, *arguments):
        return subprocess.run(["bash", os.path.join(SCRIPTS, name), *arguments], env=self.environment)

    def up(self):
        self.down()
        if self.script("cluster-up.sh", self.mode).returncode != 0:
            raise RuntimeError("the cluster does not start")
        if self.mode == "node":
            self.enter()

    def enter(self):
        """This process, and all that it starts from here on, into the cluster's network: it has no link outside."""
        self.outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        inside = os.open("/run/netns/" + self.environment["NETNS"], os.O_RDONLY)
        self.switch(inside)
        os.close(inside)

    @staticmethod
    def switch(network):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(network, NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def down(self):
        if self.outside is not None:
            self.switch(self.outside)
            os.close(self.outside)
            self.outside = None
        self.connection = None
        if self.script("cluster-down.sh", self.mode, "--purge").returncode != 0:
            raise RuntimeError("the cluster does not stop")

    def stop(self, process):
        """Ends one process of the cluster; cluster-up.sh starts it again."""
        command = f'set -euo pipefail; . "{SCRIPTS}/common.sh" {self.mode}; stop {process}'
        subprocess.run(["bash", "-c", command], env=self.environment, check=True)
        self.connection = None

    # As a person does.

    def try_kubectl(self, *arguments, stdin=None):
        """(exit code, stdout, stderr); stdin: text, or an object that becomes JSON."""
        if stdin is not None and not isinstance(stdin, str):
            stdin = json.dumps(stdin)
        run = subprocess.run([self.folder + "/kubectl", "--cache-dir", self.folder + "/kubectl-cache", *arguments],
                             input=stdin, capture_output=True, text=True, timeout=120)
        return run.returncode, run.stdout, run.stderr

    def kubectl(self, *arguments, stdin=None):
        code, stdout, stderr = self.try_kubectl(*arguments, stdin=stdin)
        if code != 0:
            raise Broken(f"kubectl {' '.join(arguments)}: exit code {code}: {stderr.strip()}")
        return stdout

    def apply(self, object_, *flags):
        return self.kubectl("apply", *flags, "-f", "-", stdin=object_)

    def refused(self, *arguments, stdin=None):
        """The text that a person sees of a command that must not succeed."""
        code, stdout, stderr = self.try_kubectl(*arguments, stdin=stdin)
        if code == 0:
            raise Broken(f"kubectl {' '.join(arguments)} was not refused: {stdout.strip()}")
        return stderr

    # What is stored.

    def ask(self, method, path, body=None, media_type="application/json"):
        for attempt in (1, 2):
            if self.connection is None:
                context = ssl.create_default_context(cafile=self.folder + "/pki/ca.crt")
                context.load_cert_chain(self.folder + "/pki/admin.crt", self.folder + "/pki/admin.key")
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.port(), context=context, timeout=60)
            try:
                self.connection.request(method, path, None if body is None else json.dumps(body),
                                        {"Content-Type": media_type})
                answer = self.connection.getresponse()
                return answer.status, json.loads(answer.read())
            except (OSError, http.client.HTTPException):
                self.connection = None
                if attempt == 2:
                    raise

    def port(self):
        return int(self.environment.get("PORT_OFFSET", "0")) + 6443

    def find(self, kind, namespace, name):
        status, object_ = self.ask("GET", path_of(kind, namespace, name))
        return object_ if status == 200 else None

    def get(self, kind, namespace, name):
        object_ = self.find(kind, namespace, name)
        if object_ is None:
            raise Broken(f"no {kind} {namespace}/{name}")
        return object_

    def list(self, kind, namespace=None, labels=""):
        status, answer = self.ask("GET", path_of(kind, namespace) + (f"?labelSelector={labels}" if labels else ""))
        if status != 200:
            raise Broken(f"list of {kind}: {answer}")
        return [{"kind": kind, **one} for one in answer["items"]]

    def settle(self, kind, namespace, name):
        """Waits until the controller has seen the object as it is, and all of its Pods run; the object."""
        def settled():
            found = self.get(kind, namespace, name)
            status = found.get("status", {})
            if status.get("observedGeneration") != found["metadata"]["generation"]:
                return None
            if kind == "DaemonSet":
                wanted = status.get("desiredNumberScheduled")
                good = wanted and status.get("numberReady", 0) == wanted == status.get("updatedNumberScheduled", 0)
            else:
                wanted = found["spec"].get("replicas", 1)
                good = status.get("readyReplicas", 0) == wanted == status.get("replicas", 0)
                if kind in ("Deployment", "StatefulSet"):
                    good = good and status.get("updatedReplicas", 0) == wanted
            return found if good else None
        return eventually(f"{kind} {name} settled", settled)
