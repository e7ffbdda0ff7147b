# SPDX-License-Identifier: Apache-2.0
"""Debian's docker-registry on loopback for tests, and a pusher that needs nothing but HTTP.

    with Registry(users={"alice": "secret"}, tls=True) as registry:
        digest = registry.push("team/app", "1.0", "what makes it another image")
        registry.host                    # "127.0.0.1:40123", as image references have it
        registry.write_certs(directory)  # certs.d layout
"""

import base64
import hashlib
import http.client
import json
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from processes import EVENT_SECONDS, HeldPort, wait_for  # noqa: E402

PROGRAM = shutil.which("docker-registry")

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    def __init__(self, users=None, tls=False, name="127.0.0.1"):
        self.users, self.tls, self.name = dict(users or {}), tls, name
        self.held = HeldPort()  # for restarts, too
        self.port = self.held.number
        self.process = None

    # life

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="weir-registry-")
        self.directory = pathlib.Path(self.temporary.name)
        if self.users:
            self.write_users()
        if self.tls:
            self.make_certificate()
        self.start()
        return self

    def __exit__(self, *unused):
        self.stop()
        self.held.close()
        self.temporary.cleanup()

    def start(self):
        """Also after stop(), on the same port with the same images."""
        if not PROGRAM:
            raise RuntimeError("docker-registry is not installed")
        config = self.directory / "config.json"
        config.write_text(json.dumps(self.config()))
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "serve", config], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.process.log = self.directory / "log"
        wait_for("docker-registry", self.answers, process=self.process)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(EVENT_SECONDS)
            self.process = None

    def answers(self):
        try:
            self.request("GET", "/v2/")
            return True
        except OSError:
            return False

    def config(self):
        """JSON is YAML too."""
        ret = {"version": 0.1,
               "log": {"level": "warn", "accesslog": {"disabled": True}, "formatter": "json"},
               "storage": {"filesystem": {"rootdirectory": str(self.directory / "data")},
                           "delete": {"enabled": True}},
               "http": {"addr": f"127.0.0.1:{self.port}"}}
        if self.users:
            ret["auth"] = {"htpasswd": {"realm": "weir's tests", "path": str(self.directory / "htpasswd")}}
        if self.tls:
            ret["http"]["tls"] = {"certificate": str(self.certificate), "key": str(self.directory / "tls.key")}
        return ret

    def write_users(self):
        lines = []
        for user, password in self.users.items():
            done = subprocess.run(["htpasswd", "-niBC", "4", user], input=password.encode(), check=True,
                                  capture_output=True)
            lines.append(done.stdout.decode().strip())
        (self.directory / "htpasswd").write_text("\n".join(lines) + "\n")

    def make_certificate(self):
        self.certificate = self.directory / "tls.crt"
        kind = "IP" if self.name[0].isdigit() else "DNS"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.directory / "tls.key", "-out", self.certificate, "-days", "2",
                        "-subj", "/CN=registry", "-addext", f"subjectAltName={kind}:{self.name}"],
                       check=True, stderr=subprocess.DEVNULL)

    # what references and weir's flags need

    @property
    def host(self):
        return f"{self.name}:{self.port}"

    def write_certs(self, directory):
        """Makes this registry's place in a certs.d directory."""
        place = pathlib.Path(directory) / self.host
        place.mkdir(parents=True)
        shutil.copy(self.certificate, place / "ca.crt")

    def docker_config(self, user, password=None):
        password = self.users[user] if password is None else password
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"auths": {self.host: {"auth": auth}}}

    # pushing

    def connect(self):
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=EVENT_SECONDS)
        context = ssl.create_default_context(cafile=self.certificate)
        context.check_hostname = False
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=EVENT_SECONDS, context=context)

    def request(self, method, path, body=None, headers=()):
        """(status, headers, body), as the first user."""
        sent = dict(headers)
        for user, password in list(self.users.items())[:1]:
            sent["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        connection = self.connect()
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def expect(self, wanted, method, path, body=None, headers=()):
        status, answer_headers, answer = self.request(method, path, body, headers)
        if status != wanted:
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
        return answer_headers

    def push_blob(self, repository, data):
        place = self.expect(202, "POST", f"/v2/{repository}/blobs/uploads/")["Location"]
        path = place[place.index("/v2/"):]
        mark = "&" if "?" in path else "?"
        self.expect(201, "PUT", f"{path}{mark}digest={digest_of(data).replace(':', '%3A')}", data,
                    {"Content-Type": "application/octet-stream"})
        return {"digest": digest_of(data), "size": len(data)}

    def push_manifest(self, repository, reference, manifest):
        data = json.dumps(manifest).encode()
        self.expect(201, "PUT", f"/v2/{repository}/manifests/{reference}", data,
                    {"Content-Type": manifest["mediaType"]})
        return {"digest": digest_of(data), "size": len(data), "mediaType": manifest["mediaType"]}

    def push(self, repository, tag, text, docker=False):
        """A tiny image; its digest."""
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"text": text}},
                             "rootfs": {"type": "layers", "diff_ids": []}}).encode()
        layer = self.push_blob(repository, text.encode())
        blob = self.push_blob(repository, config)
        manifest = {"schemaVersion": 2, "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
                    "config": {**blob, "mediaType": DOCKER_CONFIG if docker else OCI_CONFIG},
                    "layers": [{**layer, "mediaType": DOCKER_LAYER if docker else OCI_LAYER}]}
        return self.push_manifest(repository, tag, manifest)["digest"]

    def push_index(self, repository, tag, text, docker=False):
        """An index of two images; (its digest, the children's)."""
        children = []
        for architecture in ("amd64", "arm64"):
            digest = self.push(repository, f"{tag}-{architecture}", f"{text} {architecture}", docker)
            size = self.expect(200, "HEAD", f"/v2/{repository}/manifests/{digest}",
                               headers={"Accept": f"{OCI_MANIFEST}, {DOCKER_MANIFEST}"})["Content-Length"]
            children.append({"mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST, "digest": digest,
                             "size": int(size), "platform": {"architecture": architecture, "os": "linux"}})
        index = {"schemaVersion": 2, "mediaType": DOCKER_LIST if docker else OCI_INDEX, "manifests": children}
        return self.push_manifest(repository, tag, index)["digest"], [child["digest"] for child in children]
