# SPDX-License-Identifier: Apache-2.0
"""The real webhook for tests: certificates, the process, and a client that asks as the API server does.

    with Webhook(objects={"stream.yaml": "..."}, flags=["--threads=2"]) as webhook:
        answer = webhook.review(pod("mi-web:ultima"))
        assert answer.allowed and answer.patch[0]["value"].endswith("@sha256:...")
"""

import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from processes import EVENT_SECONDS  # noqa: E402

WEIR = os.environ.get("WEIR", "build/weir")
SANITIZED = bool(os.environ.get("SANITIZE"))
DIGEST = "sha256:" + "1" * 64


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Pki:
    """An authority and the leaves it signs, P-256, in one directory."""

    def __init__(self, directory, name="ca"):
        self.directory = pathlib.Path(directory)
        self.ca = self.directory / f"{name}.crt"
        self.ca_key = self.directory / f"{name}.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", self.ca_key, "-out", self.ca, "-days", "30", "-subj", f"/CN=weir test {name}",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def leaf(self, name, usage="serverAuth", not_before=None, not_after=None):
        """(certificate, key), for localhost and the service's name; dates as openssl ca takes them."""
        key, request, cert = (self.directory / f"{name}.{suffix}" for suffix in ("key", "csr", "crt"))
        extensions = self.directory / f"{name}.ext"
        extensions.write_text("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
                              f"extendedKeyUsage={usage}\n"
                              "subjectAltName=DNS:localhost,DNS:weir.weir-system.svc,IP:127.0.0.1\n")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            key, "-out", request, "-subj", f"/CN={name}")
        if not_after:
            self.sign_with_dates(request, cert, extensions, not_before, not_after)
        else:
            run("openssl", "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-days",
                "10", "-set_serial", str(uuid.uuid4().int >> 70), "-extfile", extensions, "-out", cert)
        return cert, key

    def sign_with_dates(self, request, cert, extensions, not_before, not_after):
        work = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        (work / "index.txt").touch()
        (work / "serial").write_text("01\n")
        (work / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={work}/index.txt\nserial={work}/serial\n"
            f"new_certs_dir={work}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n"
            "[p]\ncommonName=supplied\n")
        run("openssl", "ca", "-batch", "-notext", "-config", work / "ca.cnf", "-cert", self.ca, "-keyfile",
            self.ca_key, "-in", request, "-out", cert, "-startdate", not_before, "-enddate", not_after,
            "-extfile", extensions)

    def client_context(self, client=None, protocols=("http/1.1",)):
        """Checks the server as the API server does; `client` is a (certificate, key)."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.set_alpn_protocols(list(protocols))
        if client:
            context.load_cert_chain(str(client[0]), str(client[1]))
        return context


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body
        self.review = json.loads(body) if self.status == 200 else None
        self.response = self.review["response"] if self.review else {}

    @property
    def allowed(self):
        return self.response.get("allowed") is True

    @property
    def patch(self):
        return json.loads(base64.b64decode(self.response["patch"])) if "patch" in self.response else []

    @property
    def warnings(self):
        return self.response.get("warnings", [])

    @property
    def images(self):
        return [step["value"] for step in self.patch if step["path"].endswith("/image")]


def stream(name="mi-web", namespace="shop", tag="ultima", repository="registry.example/mi-web",
           digest=DIGEST, extra=""):
    return f"""apiVersion: weir.dev/v1alpha1
kind: ImageStream
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  lookupPolicy: {{local: true}}
  tags:
  - name: {tag}
    from: {{kind: DockerImage, name: "{repository}:{tag}"}}
status:
  dockerImageRepository: ""
  tags:
  - tag: {tag}
    items:
    - created: "2024-05-01T10:00:00Z"
      dockerImageReference: {repository}@{digest}
      image: {digest}
      generation: 1
{extra}"""


def tags_policy(resolution="Attempt", extra=""):
    """Plain registry tags are asked for, in every namespace."""
    return f"""apiVersion: weir.dev/v1alpha1
kind: ClusterStreamPolicy
metadata: {{name: tags}}
spec:
  tags: {{resolution: {resolution}}}
{extra}"""


def pod(*images, namespace="shop", name="web", operation="CREATE", uid=None, annotations=None,
        pull_policy="IfNotPresent", padding=0):
    metadata = {"name": name, "namespace": namespace}
    if annotations:
        metadata["annotations"] = annotations
    if padding:
        metadata.setdefault("annotations", {})["padding"] = "x" * padding
    containers = [{"name": f"c{i}", "image": image, "imagePullPolicy": pull_policy}
                  for i, image in enumerate(images)]
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": uid or str(uuid.uuid4()),
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "name": name, "namespace": namespace, "operation": operation,
        "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
        "object": {"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
                   "spec": {"containers": containers}},
        "oldObject": None, "dryRun": False, "options": None}}


def encode(review):
    """As Go's encoder leaves it: compact, with a newline behind."""
    return review if isinstance(review, bytes) else json.dumps(review, separators=(",", ":")).encode() + b"\n"


HEADERS = {"Content-Type": "application/json", "Accept": "application/json, */*",
           "User-Agent": "kube-apiserver-admission"}


class Webhook:
    def __init__(self, objects=None, flags=(), client_ca=None, leaf=None, stderr=None, preexec=None,
                 log_all=True, source=None):
        """`source`: where the objects are from, instead of files of their own: ["--kubeconfig", path]."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-test-"))
        self.pki = Pki(self.directory)
        self.cert, self.key = leaf(self.pki) if leaf else self.pki.leaf("tls")
        self.objects = self.directory / "objects"
        self.objects.mkdir()
        for name, text in (objects or {"stream.yaml": stream()}).items():
            (self.objects / name).write_text(text)
        self.flags = [*(source or ["--objects", self.objects]), "--tls-cert", self.cert, "--tls-key", self.key,
                      "--listen=127.0.0.1:0", "--probe-listen=127.0.0.1:0", "--drain-delay=0s"]
        self.flags += ["--log-admissions=all"] if log_all else []
        self.flags += ["--client-ca", client_ca] if client_ca else []
        self.flags += list(flags)
        self.stderr, self.preexec = stderr, preexec
        self.lines, self.raw = [], []
        self.changed = threading.Condition()
        self.client = None
        self.process = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.directory, ignore_errors=True)
            raise

    def start(self):
        self.process = subprocess.Popen([WEIR, "webhook", *map(str, self.flags)], stdin=subprocess.DEVNULL,
                                        stderr=self.stderr or subprocess.PIPE, preexec_fn=self.preexec)
        if self.stderr is None:
            self.reader = threading.Thread(target=self.read_log, daemon=True)
            self.reader.start()
            self.use(self.wait_for_line(event="listening"))
        return self

    def use(self, listening):
        self.host, port = listening["address"].rsplit(":", 1)
        self.port = int(port)
        self.probe_port = int(listening["probe_address"].rsplit(":", 1)[1])

    def read_log(self):
        for raw in self.process.stderr:
            with self.changed:
                self.raw.append(raw)
                try:
                    self.lines.append(json.loads(raw))
                except ValueError:
                    self.lines.append({"event": "not JSON", "text": raw.decode(errors="replace")})
                self.changed.notify_all()
        with self.changed:
            self.lines.append({"event": "end of log"})
            self.changed.notify_all()

    def wait_for_line(self, **fields):
        """The first log line with these members; fails with the whole log."""
        def matching():
            return next((line for line in self.lines if fields.items() <= line.items()), None)
        with self.changed:
            self.changed.wait_for(lambda: matching() or (self.lines and self.lines[-1]["event"] == "end of log"),
                                  timeout=EVENT_SECONDS)
            found = matching()
            if not found:
                raise AssertionError(f"no log line {fields} in {EVENT_SECONDS} s:\n" + self.log())
            return found

    def log(self):
        return b"".join(self.raw).decode(errors="replace")

    def context(self, **options):
        return self.pki.client_context(**options)

    def connect(self, timeout=2 * EVENT_SECONDS, **options):
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=timeout,
                                                 context=self.context(client=self.client, **options))
        connection.connect()
        return connection

    def post(self, body, timeout="30s", path="/admit", method="POST", headers=None, connection=None):
        """One HTTP exchange on a connection of its own, or the given one."""
        used = connection or self.connect()
        used.request(method, f"{path}?timeout={timeout}" if timeout else path, body=encode(body),
                     headers=HEADERS if headers is None else headers)
        response = used.getresponse()
        answer = Answer(response, response.read())
        if not connection:
            used.close()
        return answer

    review = post

    def probe(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.probe_port, timeout=EVENT_SECONDS)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body

    def metric(self, name):
        """The value of a sample, given as in the exposition; 0 where there is none."""
        for line in self.probe("/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    def wait_for_metric(self, name, wanted):
        wait_until(lambda: wanted(self.metric(name)), lambda: f"{name} is {self.metric(name)}\n{self.log()}")

    def rss(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        return self.process.wait(timeout=EVENT_SECONDS)

    def __exit__(self, kind, *_):
        try:
            if self.process.poll() is None:
                self.terminate()
            try:
                code = self.wait()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                code = "a process that does not end"
            if self.stderr is None:
                self.reader.join(timeout=EVENT_SECONDS)
                self.process.stderr.close()
            if kind is None and code != 0:
                raise AssertionError(f"ended with {code}:\n" + self.log())
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)


def wait_until(condition, what, seconds=EVENT_SECONDS):
    """The first true value of condition(), asked often; fails after `seconds` with `what`, a text or what makes one."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)
