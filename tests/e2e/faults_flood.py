# SPDX-License-Identifier: Apache-2.0
"""Sends reviews of 3 MB to webhooks, from many connections at once: faults_flood.py SECONDS ADDRESS...
Prints how often which answer came, as JSON."""
import collections
import http.client
import json
import ssl
import sys
import threading
import time

CONNECTIONS = 100  # to each address: three times its memory in bodies
SIZE = 3 << 20


def body_of(many):
    """A Pod with one big value, or with as many containers as fit."""
    box = {"name": "web", "image": "mi-web:ultima", "env": [{"name": "BIG", "value": ""}]}
    if many:
        boxes = [{"name": f"web-{number}", "image": "mi-web:ultima"} for number in range(SIZE // 50)]
    else:
        boxes = [{**box, "env": [{"name": "BIG", "value": "x" * (SIZE - 2000)}]}]
    object_ = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big", "namespace": "load-open"},
               "spec": {"containers": boxes}}
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    resource = {"group": "", "version": "v1", "resource": "pods"}
    return json.dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "kind": kind, "resource": resource, "requestKind": kind,
        "requestResource": resource, "name": "big", "namespace": "load-open", "operation": "CREATE",
        "userInfo": {"username": "ana"}, "object": object_, "oldObject": None, "dryRun": False,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}}}, separators=(",", ":")).encode()


def send(address, body, until, counts):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    while time.monotonic() < until:
        connection = http.client.HTTPSConnection(address, 8443, context=context, timeout=10)
        try:
            connection.request("POST", "/admit?timeout=5s", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            counts[f"HTTP {answer.status}"] += 1
        except (OSError, http.client.HTTPException) as error:
            counts[type(error).__name__] += 1
            time.sleep(0.05)
        finally:
            connection.close()


def main():
    until = time.monotonic() + float(sys.argv[1])
    bodies = [body_of(False), body_of(True)]
    counts = collections.Counter()
    threads = [threading.Thread(target=send, args=(address, bodies[number % 2], until, counts))
               for address in sys.argv[2:] for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(counts, sys.stdout)


if __name__ == "__main__":
    main()
