#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A node without machinery, as far as an admission webhook can tell: it registers a Node, renews its Lease, and plays
kubelet for the Pods bound to it (Pending becomes Running and Ready, of a Job Succeeded; a graceful delete is carried
out). Pods get no address, so no EndpointSlice leads anywhere.

    fakenode.py https://127.0.0.1:PORT PKI-FOLDER NODE-NAME
"""
import datetime
import http.client
import json
import ssl
import sys
import threading
import time
import urllib.parse

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def now(form="%Y-%m-%dT%H:%M:%SZ"):
    return datetime.datetime.now(datetime.timezone.utc).strftime(form)


class FakeNode:
    def __init__(self, url, pki, name):
        self.url = urllib.parse.urlsplit(url)
        self.name = name
        self.context = ssl.create_default_context(cafile=f"{pki}/ca.crt")
        self.context.load_cert_chain(f"{pki}/admin.crt", f"{pki}/admin.key")

    def connect(self, timeout=10):
        return http.client.HTTPSConnection(self.url.hostname, self.url.port, context=self.context, timeout=timeout)

    def ask(self, method, path, body=None, media_type="application/json"):
        connection = self.connect()
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": media_type, "Accept": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        finally:
            connection.close()

    def register(self):
        self.ask("POST", "/api/v1/nodes", {
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": self.name, "labels": {"kubernetes.io/hostname": self.name,
                                                       "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}}})
        room = {"cpu": "64", "memory": "256Gi", "pods": "5000", "ephemeral-storage": "1Ti"}
        conditions = [{"type": kind, "status": status, "reason": "Fake", "message": "",
                       "lastHeartbeatTime": now(), "lastTransitionTime": now()}
                      for kind, status in (("Ready", "True"), ("MemoryPressure", "False"),
                                           ("DiskPressure", "False"), ("PIDPressure", "False"))]
        info = dict.fromkeys(("bootID", "kernelVersion", "kubeProxyVersion", "machineID", "osImage", "systemUUID"), "")
        info.update(architecture="amd64", operatingSystem="linux", containerRuntimeVersion="fake://0",
                    kubeletVersion="v0.0.0-fake")
        status = {"capacity": room, "allocatable": room, "conditions": conditions, "nodeInfo": info}
        return self.ask("PATCH", f"/api/v1/nodes/{self.name}/status", {"status": status}, STRATEGIC)[0] == 200

    def renew(self):
        time_now = now("%Y-%m-%dT%H:%M:%S.%fZ")
        status, _ = self.ask("PATCH", f"{LEASES}/{self.name}", {"spec": {"renewTime": time_now}}, MERGE)
        if status == 404:
            self.ask("POST", LEASES, {
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": self.name},
                "spec": {"holderIdentity": self.name, "leaseDurationSeconds": 40, "renewTime": time_now}})

    def keep_lease(self):
        while True:
            try:
                self.renew()
            except (OSError, http.client.HTTPException) as error:
                print("lease:", error, flush=True)
            time.sleep(10)

    def container_status(self, pod, container, ends):
        ended = {"exitCode": 0, "reason": "Completed", "startedAt": now(), "finishedAt": now()}
        return {"name": container["name"], "image": container["image"], "imageID": container["image"],
                "containerID": "fake://" + pod["metadata"]["uid"], "ready": not ends, "started": not ends,
                "restartCount": 0,
                "state": {"terminated": ended} if ends else {"running": {"startedAt": now()}}}

    def run(self, pod):
        """A Pod that somebody's Job waits for ends at once; the others run for ever."""
        spec = pod["spec"]
        owners = [owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])]
        ends = "Job" in owners
        ready = "False" if ends else "True"
        conditions = [{"type": kind, "status": status, "lastTransitionTime": now()}
                      for kind, status in (("Initialized", "True"), ("Ready", ready), ("ContainersReady", ready),
                                           ("PodScheduled", "True"))]
        status = {"phase": "Succeeded" if ends else "Running", "startTime": now(), "conditions": conditions,
                  "containerStatuses": [self.container_status(pod, one, ends) for one in spec["containers"]]}
        if spec.get("initContainers"):
            status["initContainerStatuses"] = [self.container_status(pod, one, one.get("restartPolicy") != "Always")
                                               for one in spec["initContainers"]]
        return status

    def see(self, pod):
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        if metadata.get("deletionTimestamp"):
            self.ask("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                                      "preconditions": {"uid": metadata["uid"]}})
        elif pod.get("status", {}).get("phase") == "Pending":
            self.ask("PATCH", path + "/status", {"status": self.run(pod)}, STRATEGIC)

    def follow(self):
        """One list, then one watch until it ends."""
        mine = "fieldSelector=" + urllib.parse.quote(f"spec.nodeName={self.name}")
        _, pods = self.ask("GET", f"/api/v1/pods?{mine}")
        for pod in pods.get("items", []):
            self.see(pod)
        connection = self.connect(330)
        try:
            version = pods["metadata"]["resourceVersion"]
            connection.request("GET", f"/api/v1/pods?watch=1&timeoutSeconds=300&{mine}&resourceVersion={version}")
            for line in connection.getresponse():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    break
                if event["type"] in ("ADDED", "MODIFIED"):
                    self.see(event["object"])
        finally:
            connection.close()

    def live(self):
        threading.Thread(target=self.keep_lease, daemon=True).start()
        registered = False
        while True:
            try:
                registered = registered or self.register()
                if registered:
                    self.follow()
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                print("watch:", error, flush=True)
            time.sleep(0.3)


if __name__ == "__main__":
    FakeNode(*sys.argv[1:4]).live()
