# SPDX-License-Identifier: Apache-2.0
"""A real API server for tests: etcd and kube-apiserver on loopback, nothing else, in a temporary folder.

    with ApiServer() as api:
        api.post("/api/v1/namespaces", {"metadata": {"name": "shop"}})
        subprocess.run([WEIR, "controller", "--kubeconfig", api.kubeconfig(), ...])

The binaries are those of $K8S_TOOLS, and etcd of $K8S_TOOLS or $PATH. Where they are not, skip_reason() says so.
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from processes import EVENT_SECONDS, HeldPort, wait_for  # noqa: E402

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


def find(name):
    folder = os.environ.get("K8S_TOOLS")
    path = os.path.join(folder, name) if folder else None
    return path if path and os.access(path, os.X_OK) else None


def etcd_path():
    return find("etcd") or shutil.which("etcd")


def skip_reason():
    """None where all is there."""
    if not os.environ.get("K8S_TOOLS"):
        return "needs a Kubernetes API server: $K8S_TOOLS, the folder with kube-apiserver, is not set"
    if not find("kube-apiserver"):
        return f"needs a Kubernetes API server: there is no kube-apiserver in {os.environ['K8S_TOOLS']}"
    if not etcd_path():
        return "needs etcd, which is neither in $K8S_TOOLS nor in $PATH"
    return None


def run(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body}")
        self.status = status


class ApiServer:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-kube-"))
        self.held = [HeldPort() for _ in range(3)]
        self.port, self.etcd_port, self.peer_port = (held.number for held in self.held)
        self.processes = {}
        self.connection = None

    def __enter__(self):
        try:
            self.make_pki()
            self.start_etcd()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in ("kube-apiserver", "etcd"):
            self.kill(name)
        for held in self.held:
            held.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # Certificates

    def make_pki(self):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", "/CN=kube", "-keyout", self.folder / "ca.key", "-out", self.folder / "ca.crt")
        self.sign("server", "/CN=kube-apiserver", "serverAuth", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.sign("admin", "/O=system:masters/CN=admin", "clientAuth")
        run("openssl", "genrsa", "-out", self.folder / "sa.key", "2048")
        run("openssl", "rsa", "-in", self.folder / "sa.key", "-pubout", "-out", self.folder / "sa.pub")

    def sign(self, name, subject, usage, names=""):
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n{names}\n")
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
            "-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.csr")
        run("openssl", "x509", "-req", "-in", self.folder / f"{name}.csr", "-CA", self.folder / "ca.crt", "-CAkey",
            self.folder / "ca.key", "-CAcreateserial", "-days", "30", "-extfile", extensions, "-out",
            self.folder / f"{name}.crt")

    # Processes

    def spawn(self, name, *command):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                                    stdout=log, stderr=log)
        self.processes[name].log = log.name

    def kill(self, name):
        process = self.processes.pop(name, None)
        if process:
            process.kill()
            process.wait()

    def pause(self):
        self.processes["kube-apiserver"].send_signal(signal.SIGSTOP)

    def resume(self):
        self.processes["kube-apiserver"].send_signal(signal.SIGCONT)

    def start_etcd(self):
        client, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{self.peer_port}"
        self.spawn("etcd", etcd_path(), "--name=e", f"--data-dir={self.folder}/etcd", f"--listen-client-urls={client}",
                   f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
                   f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=e={peer}", "--logger=zap",
                   "--log-level=warn")

    def start(self):
        """Without ServiceAccount admission: nobody makes a default account here."""
        at = self.folder
        self.spawn("kube-apiserver", find("kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
                   "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--secure-port={self.port}",
                   f"--tls-cert-file={at}/server.crt", f"--tls-private-key-file={at}/server.key",
                   f"--client-ca-file={at}/ca.crt", f"--cert-dir={at}", "--authorization-mode=RBAC",
                   "--disable-admission-plugins=ServiceAccount", "--service-cluster-ip-range=127.96.0.0/24",
                   "--endpoint-reconciler-type=none", "--service-account-issuer=https://kubernetes.default.svc",
                   f"--service-account-key-file={at}/sa.pub", f"--service-account-signing-key-file={at}/sa.key",
                   "--profiling=false")
        wait_for("kube-apiserver", self.is_ready, 2 * EVENT_SECONDS, self.processes["kube-apiserver"])

    def is_ready(self):
        try:
            return self.request("GET", "/readyz", parse=False) == b"ok"
        except (OSError, ApiError, http.client.HTTPException):
            return False

    # Requests, as an administrator

    def connect(self):
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        context.load_cert_chain(str(self.folder / "admin.crt"), str(self.folder / "admin.key"))
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=EVENT_SECONDS)

    def request(self, method, path, body=None, content_type=JSON, parse=True, connection=None):
        """On a connection of its own, or the given one."""
        used = connection or self.connect()
        used.request(method, path, body=None if body is None else json.dumps(body), headers={"Content-Type": content_type})
        answer = used.getresponse()
        data = answer.read()
        if not connection:
            used.close()
        if answer.status >= 300:
            raise ApiError(answer.status, data.decode(errors="replace"))
        return json.loads(data) if parse else data

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    def patch(self, path, body, content_type=MERGE_PATCH):
        return self.request("PATCH", path, body, content_type)

    def delete(self, path):
        return self.request("DELETE", path)

    def kubectl(self, *arguments):
        run(find("kubectl"), "--kubeconfig", self.kubeconfig(), *arguments)

    # Who asks

    def kubeconfig(self, token=None):
        """The path of one for the administrator, or for whoever has the token."""
        def encoded(name):
            return base64.b64encode((self.folder / name).read_bytes()).decode()
        user = {"token": token} if token else {"client-certificate-data": encoded("admin.crt"),
                                               "client-key-data": encoded("admin.key")}
        path = self.folder / ("token.kubeconfig" if token else "admin.kubeconfig")
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{self.port}",
                                                   "certificate-authority-data": encoded("ca.crt")}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
        return path

    def token(self, namespace, account):
        made = self.post(f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token",
                         {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
        return made["status"]["token"]
