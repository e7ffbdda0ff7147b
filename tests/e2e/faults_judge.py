# SPDX-License-Identifier: Apache-2.0
"""What became of each call: the answer, what is stored, and whether the API server says in its audit log that it let the
call through because it could not ask weir."""
import collections
import json

from cluster import path_of
from workloads import image_of

FAILED_OPEN = "failed-open.mutation.webhook.admission.k8s.io/"
NOT_ASKED = "failed calling webhook"
DENIED = "denied the request"
COUNTS = ["calls", "pinned", "denied", "opened", "refused", "unanswered", "wrong", "lost"]


def stored_objects(cluster, namespaces):
    """All that is there, read from etcd (no resourceVersion: the newest), page by page."""
    found = {}
    for space in namespaces:
        for kind in ("Pod", "Deployment"):
            token = ""
            while True:
                status, answer = cluster.ask("GET", f"{path_of(kind, space)}?limit=500&continue={token}")
                if status != 200:
                    raise RuntimeError(f"list of {kind}: {answer}")
                for one in answer["items"]:
                    found[kind, space, one["metadata"]["name"]] = {"kind": kind, **one}
                token = answer["metadata"].get("continue", "")
                if not token:
                    break
    return found


def calls_let_through(cluster):
    """Audit ids of the calls that were let through unasked."""
    found = set()
    with open(cluster.folder + "/log/audit.log", errors="replace") as file:
        for line in file:
            if FAILED_OPEN not in line:
                continue
            event = json.loads(line)
            if any(name.startswith(FAILED_OPEN) for name in event.get("annotations", {})):
                found.add(event["auditID"])
    return found


class Judge:
    """may_open: the webhook is really away in this fault; may_stall: so is the API server, or its store.
    registry_away(call): the registry could not be asked meanwhile, so a plain tag may be denied for now."""

    def __init__(self, pinned, open_namespaces, may_open, may_stall, registry_away=lambda call: False):
        self.pinned = pinned
        self.open_namespaces = open_namespaces
        self.may_open = may_open
        self.may_stall = may_stall
        self.registry_away = registry_away

    def verdict(self, call, stored, let_through):
        """(verdict, why) of one call."""
        if call.status == 201 and stored is None:
            return "lost", "answered 201, and not there"
        if stored is not None:
            return self.of_stored(call, stored, let_through)
        if NOT_ASKED in call.message and call.status == 500:
            if call.namespace in self.open_namespaces or not self.may_open:
                return "wrong", "refused because weir was not reached: " + call.message[:300]
            return "refused", ""
        if DENIED in call.message and call.status in (403, 503):
            return self.of_denied(call)
        return ("unanswered", "") if self.may_stall else ("wrong", f"HTTP {call.status}: {call.message[:300]}")

    def of_stored(self, call, stored, let_through):
        image = image_of(stored)
        if call.status not in (0, 201) and not (self.may_stall and call.status >= 500):
            return "wrong", f"stored, though answered {call.status}"
        answered = call.status == 201
        if call.ask.wanted == "pin" and image == self.pinned:
            return ("pinned", "") if answered else ("unanswered", "")
        if image != call.ask.image:
            return "wrong", f"stored with {image}"
        if call.namespace not in self.open_namespaces or not let_through:
            return "wrong", f"stored as written, {image}, though weir was asked"
        return ("opened", "") if self.may_open else ("wrong", "let through though weir should have been there")

    def of_denied(self, call):
        if call.ask.wanted == "deny" and "no-never" in call.message:
            return "denied", ""
        if call.ask.by_registry and call.status == 503 and self.registry_away(call):
            return "denied", ""
        return "wrong", "denied: " + call.message[:300]


class Sums:
    """The row of one fault."""

    def __init__(self, name):
        self.name = name
        self.counts = collections.Counter()
        self.opened_strict = 0
        self.reasons = collections.Counter()
        self.gap = 0.0
        self.notes = []

    def add(self, call, verdict, why):
        self.counts["calls"] += 1
        self.counts[verdict] += 1
        if why:
            self.reasons[f"{verdict}: {call.ask.kind} in {call.namespace} ({call.ask.image}, {call.ask.policy}): {why}"] += 1

    def measure(self, begin, end, times):
        """The longest time without a successful pin."""
        points = [begin, *sorted(times), end]
        self.gap = max(after - before for before, after in zip(points, points[1:]))

    def broken(self):
        return self.counts["wrong"] + self.counts["lost"] > 0


def judge(name, load, judging, cluster, namespaces):
    sums = Sums(name)
    stored = stored_objects(cluster, namespaces)
    through = calls_let_through(cluster)
    times = []
    for call in load.calls:
        verdict, why = judging.verdict(call, stored.get(call.key()), call.audit in through)
        sums.add(call, verdict, why)
        if verdict == "pinned":
            times.append(call.end)
    sums.measure(load.begin, load.end, times)
    return sums
