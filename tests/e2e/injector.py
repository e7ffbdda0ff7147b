# SPDX-License-Identifier: Apache-2.0
"""Somebody else's webhook: adds a sidecar to every Pod that has none, as service meshes do, once weir was asked."""
import base64
import http.server
import json
import ssl
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
        response = {"uid": request["uid"], "allowed": True}
        containers = request["object"]["spec"]["containers"]
        if all(one["name"] != "sidecar" for one in containers):
            patch = [{"op": "add", "path": "/spec/containers/-",
                      "value": {"name": "sidecar", "image": self.server.image}}]
            response.update(patchType="JSONPatch", patch=base64.b64encode(json.dumps(patch).encode()).decode())
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                           "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


class Injector(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, image, certificate, key):
        super().__init__(("127.0.0.1", 0), Handler)
        self.image = image
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def configuration(self, name, labels, authority):
        """Its name sorts after ours, so it is called after us."""
        return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": name},
                "webhooks": [{"name": "inject.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                              "failurePolicy": "Fail", "timeoutSeconds": 5,
                              "namespaceSelector": {"matchLabels": labels},
                              "clientConfig": {"url": f"https://127.0.0.1:{self.server_address[1]}/inject",
                                               "caBundle": base64.b64encode(authority).decode()},
                              "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                                         "resources": ["pods"]}]}]}

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.shutdown()
        self.server_close()
