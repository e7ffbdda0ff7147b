# SPDX-License-Identifier: Apache-2.0
"""Debian's docker-registry on a free loopback port, and images small enough to be made in a blink."""
import gzip
import hashlib
import http.client
import io
import json
import tarfile

from processes import EVENT_SECONDS, HeldPort, stop, wait_for

CONFIG = """version: 0.1
log: {{level: warn}}
storage:
  filesystem: {{rootdirectory: {root}}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{port}"}}
"""
OCI = "application/vnd.oci.image."


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def encode(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def layer_with(text):
    """A gzipped tar with one file, the same bytes for the same text."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        entry = tarfile.TarInfo("hello.txt")
        entry.size = len(text.encode())
        archive.addfile(entry, io.BytesIO(text.encode()))
    return tar.getvalue(), gzip.compress(tar.getvalue(), mtime=0)


class Registry:
    def __init__(self, stage):
        self.stage = stage
        self.held = HeldPort()
        self.port = self.held.number
        self.host = f"127.0.0.1:{self.port}"
        config = self.stage.path("registry.yml")
        with open(config, "w") as file:
            file.write(CONFIG.format(root=self.stage.path("registry", ""), port=self.port))
        self.process = self.stage.start("registry", ["docker-registry", "serve", config])
        wait_for("docker-registry", self.answers, process=self.process)

    def answers(self):
        try:
            return self.request("GET", "/v2/")[0] == 200
        except OSError:
            return False

    def stop(self):
        stop(self.process)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=EVENT_SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def expect(self, status, method, path, body=None, headers=None):
        got = self.request(method, path, body, headers)
        if got[0] != status:
            raise RuntimeError(f"registry: {method} {path}: {got[0]} {got[2][:200]!r}")
        return got[1]

    def push_blob(self, repository, content):
        digest = digest_of(content)
        location = self.expect(202, "POST", f"/v2/{repository}/blobs/uploads/")["Location"]
        path = location.split(self.host, 1)[-1]
        joint = "&" if "?" in path else "?"
        self.expect(201, "PUT", f"{path}{joint}digest={digest}", content,
                    {"Content-Type": "application/octet-stream"})
        return {"digest": digest, "size": len(content)}

    def push_manifest(self, repository, reference, media_type, manifest):
        content = encode(manifest)
        self.expect(201, "PUT", f"/v2/{repository}/manifests/{reference or digest_of(content)}", content,
                    {"Content-Type": media_type})
        return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}

    def push_image(self, repository, tag, text, architecture="amd64"):
        """One platform; without a tag it is stored by its digest only. Returns its descriptor."""
        tar, layer = layer_with(text)
        config = encode({"architecture": architecture, "os": "linux", "config": {"Cmd": ["/hello"]},
                         "rootfs": {"type": "layers", "diff_ids": [digest_of(tar)]}})
        manifest = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                    "config": {"mediaType": OCI + "config.v1+json", **self.push_blob(repository, config)},
                    "layers": [{"mediaType": OCI + "layer.v1.tar+gzip", **self.push_blob(repository, layer)}]}
        return self.push_manifest(repository, tag, OCI + "manifest.v1+json", manifest)

    def push_index(self, repository, tag, text, architectures=("amd64", "arm64")):
        """Several platforms under one tag. Returns the index's descriptor and its children's."""
        children = []
        for architecture in architectures:
            child = self.push_image(repository, None, f"{text} ({architecture})", architecture)
            children.append({**child, "platform": {"os": "linux", "architecture": architecture}})
        index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": children}
        return self.push_manifest(repository, tag, OCI + "index.v1+json", index), children
