# SPDX-License-Identifier: Apache-2.0
"""A constant load of creates, from several streams at once: each call is written down as it was made and answered, so
that it can be judged afterwards against what is stored."""
import http.client
import json
import ssl
import threading
import time
import uuid

from cluster import path_of
from workloads import container, pod, workload

STREAMS = 5  # in each namespace
PERIOD = 0.4  # seconds between the calls of one stream
PATIENCE = 15.0  # how long a call may take before it counts as not answered


class Ask:
    """What is asked for, and what must become of it: a pin, or a denial by a rule."""

    def __init__(self, kind, image, policy, wanted, by_registry=False):
        self.kind = kind
        self.image = image
        self.policy = policy
        self.wanted = wanted
        self.by_registry = by_registry  # nobody but the registry knows the digest

    def object(self, namespace, name):
        box = container(image=self.image, policy=self.policy)
        if self.kind == "Pod":
            return pod(namespace, name, box, schedulerName="nobody")
        made = workload(self.kind, namespace, name, box)
        made["spec"]["replicas"] = 0
        return made


def asks_for(repository):
    """A stream's record; the same, freshly asked for; a plain tag, which only the registry knows; a rule that denies."""
    plain = repository + ":ultima"
    return [Ask("Pod", "mi-web:ultima", "IfNotPresent", "pin"),
            Ask("Deployment", "mi-web:ultima", "IfNotPresent", "pin"),
            Ask("Pod", plain, "Always", "pin", by_registry=True),
            Ask("Pod", "mi-web:ultima", "Never", "deny"),
            Ask("Deployment", "mi-web:ultima", "Always", "pin"),
            Ask("Deployment", plain, "Always", "pin", by_registry=True),
            Ask("Deployment", "mi-web:ultima", "Never", "deny")]


class Call:
    def __init__(self, ask, namespace, name):
        self.ask = ask
        self.namespace = namespace
        self.name = name
        self.audit = str(uuid.uuid4())  # the API server's audit log knows the call by it
        self.begin = self.end = 0.0
        self.status = 0  # 0: no answer
        self.message = ""

    def key(self):
        return self.ask.kind, self.namespace, self.name


class Client:
    """One connection to the API server, made anew where it breaks; a call is never made twice."""

    def __init__(self, cluster):
        self.port = cluster.port()
        self.context = ssl.create_default_context(cafile=cluster.folder + "/pki/ca.crt")
        self.context.load_cert_chain(cluster.folder + "/pki/admin.crt", cluster.folder + "/pki/admin.key")
        self.connection = None

    def make(self, call):
        object_ = call.ask.object(call.namespace, call.name)
        call.begin = time.monotonic()
        try:
            call.status, content = self.post(path_of(call.ask.kind, call.namespace), object_, {"Audit-ID": call.audit})
            if call.status != 201:
                call.message = content.decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            call.status, call.message = 0, f"{type(error).__name__}: {error}"
            self.close()
        call.end = time.monotonic()

    def post(self, path, object_, headers=None):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=PATIENCE)
        self.connection.request("POST", path, json.dumps(object_), {"Content-Type": "application/json", **(headers or {})})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Load:
    def __init__(self, cluster, namespaces, asks):
        self.cluster = cluster
        self.asks = asks
        self.calls = []
        self.ended = threading.Event()
        places = [(space, number) for space in namespaces for number in range(STREAMS)]
        self.threads = [threading.Thread(target=self.stream, args=(space, number, index * PERIOD / len(places)),
                                         daemon=True) for index, (space, number) in enumerate(places)]

    def __enter__(self):
        self.begin = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.end = time.monotonic()
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def stream(self, namespace, number, offset):
        client = Client(self.cluster)
        turn = number  # so that the streams do not all ask for the same at the same time
        due = self.begin + offset
        while not self.ended.wait(max(0.0, due - time.monotonic())):
            call = Call(self.asks[turn % len(self.asks)], namespace, f"s{number}-{turn}")
            client.make(call)
            self.calls.append(call)
            turn += 1
            due = max(due + PERIOD, time.monotonic())
        client.close()

    def wait_for_calls(self, count):
        """Until so many more have been answered 201: the load runs."""
        start = len(self.calls)
        deadline = time.monotonic() + 60
        while sum(call.status == 201 for call in self.calls[start:]) < count:
            if time.monotonic() > deadline:
                raise RuntimeError("the load does not get anything stored: " +
                                   (self.calls[-1].message[:500] if self.calls else "no call"))
            time.sleep(0.05)
