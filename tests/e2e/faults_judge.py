# SPDX-License-Identifier: Apache-2.0
"""What became of each call: the answer, what is stored, and whether the API server says in its audit log that it let the
call through because it could not ask weir."""
import collections
import json

from cluster import path_of
from faults_lab import RULE
from faults_table import MUST, NO
from workloads import image_of

FAILED_OPEN = "failed-open.mutation.webhook.admission.k8s.io/"
NOT_ASKED = "failed calling webhook"
DENIED = "denied the request"


def stored_objects(cluster):
    """All that is there, read from etcd (no resourceVersion: the newest), page by page."""
    found = {}
    for kind in ("Pod", "Deployment"):
        token = ""
        while True:
            status, answer = cluster.ask("GET", f"{path_of(kind)}?limit=500&continue={token}")
            if status != 200:
                raise RuntimeError(f"list of {kind}: {answer}")
            for one in answer["items"]:
                found[kind, one["metadata"]["namespace"], one["metadata"]["name"]] = {"kind": kind, **one}
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
    """Of what a fault allows: see faults_table.py."""

    def __init__(self, lab, fault):
        self.lab = lab
        self.pinned = lab.pinned
        self.may_open = fault.may_open
        self.may_stall = fault.may_stall
        self.denial = lambda call: fault.denial(lab, call)

    def verdict(self, call, stored, let_through):
        """(verdict, why) of one call."""
        if call.status == 201 and stored is None:
            return "lost", "answered 201, and not there"
        if stored is not None:
            return self.of_stored(call, stored, let_through)
        if NOT_ASKED in call.message and call.status == 500:
            if not self.lab.is_strict(call.namespace) or not self.may_open:
                return "wrong", "refused because weir was not reached: " + call.message[:300]
            return "refused", ""
        if DENIED in call.message and call.status in (403, 503):
            return self.of_denied(call)
        return ("unanswered", "") if self.may_stall else ("wrong", f"HTTP {call.status}: {call.message[:300]}")

    def of_stored(self, call, stored, let_through):
        image = image_of(stored)
        if call.status not in (0, 201) and not (self.may_stall and call.status >= 500):
            return "wrong", f"stored, though answered {call.status}"
        if call.ask.wanted == "pin" and image == self.pinned:
            if self.denial(call) == MUST:
                return "wrong", "pinned, though it must be denied"
            return ("pinned", "") if call.status == 201 else ("unanswered", "")
        if image != call.ask.image:
            return "wrong", f"stored with {image}"
        if self.lab.is_strict(call.namespace) or not let_through:
            return "wrong", f"stored as written, {image}, though weir was asked"
        return ("opened", "") if self.may_open else ("wrong", "let through though weir should have been there")

    def of_denied(self, call):
        if call.ask.wanted == "deny" and RULE["name"] in call.message:
            return "denied", ""
        if self.denial(call) != NO:
            return "denied", ""
        return "wrong", "denied: " + call.message[:300]


class Sums:
    """The row of one fault."""

    def __init__(self, name):
        self.name = name
        self.counts = collections.Counter()
        self.reasons = collections.Counter()
        self.gap = 0.0
        self.notes = []
        self.stumbled = None  # why the fault could not be done to its end

    def add(self, call, verdict, why):
        self.counts["calls"] += 1
        self.counts[verdict] += 1
        if why:
            self.reasons[f"{verdict}: {call.ask.kind} in {call.namespace} ({call.ask.image}, {call.ask.policy}): {why}"] += 1

    def measure(self, begin, end, times):
        """The longest time without a successful pin."""
        points = [begin, *sorted(times), end]
        self.gap = max(after - before for before, after in zip(points, points[1:]))

    def is_bad(self):
        return self.counts["wrong"] + self.counts["lost"] > 0 or self.stumbled is not None


def judge(lab, fault, load):
    sums = Sums(fault.title)
    judging = Judge(lab, fault)
    stored = stored_objects(lab.cluster)
    through = calls_let_through(lab.cluster)
    times = []
    for call in load.calls:
        verdict, why = judging.verdict(call, stored.get(call.key()), call.audit in through)
        sums.add(call, verdict, why)
        if verdict == "pinned":
            times.append(call.end)
    sums.measure(load.begin, load.end, times)
    return sums
