# SPDX-License-Identifier: Apache-2.0
"""A node with containers: the manifests as they are, weir from the image of `make image`, two replicas of each program.
The registry is the cluster's own; its images hold a program that runs."""
import base64
import gzip
import http.client
import io
import json
import os
import subprocess
import tarfile

from checks import Broken, eventually
from setting import ROOT, SYSTEM, Setting, admissions_in

from processes import wait_for
from registry import OCI, Registry, digest_of, encode

HOST = "10.88.0.1:5000"
PRIVATE = "10.88.0.1:5001"
IMAGE = os.path.join(ROOT, "build", "image")
OVERLAY = """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- {base}
images:
- name: registry.example.com/weir
  newName: HOST/weir
  digest: DIGEST
patches:
- target: {kind: Deployment, name: weir-webhook}
  patch: |-
    - {op: add, path: /spec/template/spec/containers/0/args/-, value: --insecure-registry=HOST}
    - {op: add, path: /spec/template/spec/containers/0/args/-, value: --insecure-registry=PRIVATE}
- target: {kind: Deployment, name: weir-controller}
  patch: |-
    - {op: add, path: /spec/template/spec/containers/0/args/-, value: --check-period=1s}
"""
PRIVATE_CONFIG = """version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {root}}}}}
auth: {{htpasswd: {{realm: private, path: {users}}}}}
http: {{addr: "{host}"}}
"""


class NodeRegistry(Registry):
    """The registry that cluster-up.sh started."""

    def __init__(self, program, host=HOST, authorization=None):
        self.host = host
        self.address, _, port = host.partition(":")
        self.port = int(port)
        self.headers = {"Authorization": authorization} if authorization else {}
        with open(program, "rb") as file:
            self.program = file.read()

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, self.port, timeout=10)
        try:
            connection.request(method, path, body, {**self.headers, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def layer(self, text):
        """The program, and a text that makes the digest another one."""
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            for name, content, mode in (("hello", self.program, 0o755), ("hello.txt", text.encode(), 0o644)):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), mode
                archive.addfile(entry, io.BytesIO(content))
        return tar.getvalue(), gzip.compress(tar.getvalue(), mtime=0)

    def push_image(self, repository, tag, text, architecture="amd64"):
        tar, layer = self.layer(text)
        config = encode({"architecture": architecture, "os": "linux",
                         "config": {"Entrypoint": ["/hello"], "User": "65532"},
                         "rootfs": {"type": "layers", "diff_ids": [digest_of(tar)]}})
        manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                    "config": {"mediaType": OCI + "config.v1+json", **self.push_blob(repository, config)},
                    "layers": [{"mediaType": OCI + "layer.v1.tar+gzip", **self.push_blob(repository, layer)}]}
        return self.push_manifest(repository, tag, OCI + "manifest.v1+json", manifest)


class OnNode(Setting):
    def make_registry(self):
        program = self.stage.path("hello")
        subprocess.run(["gcc", "-O2", "-static", "-o", program, os.path.join(ROOT, "tests", "cluster", "hello.c")],
                       check=True)
        return NodeRegistry(program)

    def make_private_registry(self, user, password):
        """A second one, that asks for a password; the node is told that it speaks plain HTTP."""
        users = subprocess.run(["htpasswd", "-nbB", user, password], check=True, capture_output=True, text=True).stdout
        with open(self.stage.path("private", "users"), "w") as file:
            file.write(users)
        with open(self.stage.path("private", "registry.yml"), "w") as file:
            file.write(PRIVATE_CONFIG.format(root=self.stage.path("private", "data", ""), host=PRIVATE,
                                             users=self.stage.path("private", "users")))
        hosts = f"{self.cluster.folder}/certs.d/{PRIVATE}"
        os.makedirs(hosts, exist_ok=True)
        with open(hosts + "/hosts.toml", "w") as file:
            file.write(f'server = "http://{PRIVATE}"\n[host."http://{PRIVATE}"]\n  capabilities = ["pull", "resolve"]\n')
        process = self.stage.start("private", ["docker-registry", "serve", self.stage.path("private", "registry.yml")])
        word = base64.b64encode(f"{user}:{password}".encode()).decode()
        made = NodeRegistry(self.stage.path("hello"), PRIVATE, "Basic " + word)
        wait_for("the private registry", made.answers, 20, process)
        return made

    def push_weir(self):
        """The image of `make image` into the registry; its digest there."""
        with open(os.path.join(IMAGE, "index.json")) as file:
            manifest = json.load(file)["manifests"][0]
        name = manifest["annotations"]["org.opencontainers.image.ref.name"]
        subprocess.run(["skopeo", "--policy", self.cluster.folder + "/policy.json", "copy", "-q",
                        "--dest-tls-verify=false", f"oci:{IMAGE}:{name}", f"docker://{HOST}/weir:{name}"], check=True)
        return manifest["digest"]

    def push_earlier_weir(self):
        """The same program by another digest, as an earlier release has one."""
        _, _, body = self.registry.request("GET", f"/v2/weir/manifests/{self.digest}",
                                                 headers={"Accept": OCI + "manifest.v1+json"})
        manifest = {**json.loads(body), "annotations": {"org.opencontainers.image.version": "earlier"}}
        return self.registry.push_manifest("weir", "earlier", OCI + "manifest.v1+json", manifest)["digest"]

    def install(self):
        self.digest = self.push_weir()
        self.choose("base", self.digest)
        self.apply_manifests()

    def choose(self, of, digest):
        """Which folder of manifests/, and which image, is applied from here on."""
        text = OVERLAY.replace("HOST", HOST).replace("PRIVATE", PRIVATE).replace("DIGEST", digest)
        self.folder = self.overlay(text, of)

    def apply_manifests(self):
        self.cluster.kubectl("apply", "-k", self.folder)
        self.cluster.kubectl("-n", SYSTEM, "wait", "--for=condition=Available", "--timeout=90s", "deploy", "--all")
        eventually("caBundle of the configurations", self.has_bundles)

    def pods(self, component):
        return [one for one in self.cluster.list("Pod", SYSTEM, "app.kubernetes.io/component=" + component)
                if not one["metadata"].get("deletionTimestamp")]

    def probe(self, pod, path):
        connection = http.client.HTTPConnection(pod["status"]["podIP"], 8080, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def admissions(self):
        return sum(admissions_in(self.probe(pod, "/metrics")[1]) for pod in self.pods("webhook"))

    def runs(self, namespace, name, seconds=60):
        """The Pod, once its containers run; a Pod that cannot start fails the check with its reason."""
        def running():
            pod = self.cluster.get("Pod", namespace, name)
            states = pod["status"].get("containerStatuses", [])
            waiting = [one["state"]["waiting"] for one in states if "waiting" in one["state"]]
            for one in waiting:
                if one["reason"] not in ("ContainerCreating", "PodInitializing"):
                    raise Broken(f"{name}: {one}")
            return pod if states and all("running" in one["state"] for one in states) else None
        return eventually(f"Pod {name} runs", running, seconds)
