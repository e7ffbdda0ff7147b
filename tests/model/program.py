# SPDX-License-Identifier: Apache-2.0
"""`weir review` as a function, and its answer compared with the model's, case by case."""

import base64
import copy
import json
import os
import re
import subprocess
import tempfile

import json_patch
import timestamps
import weir_model

WEIR = os.environ.get("WEIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "weir"))
WARNING_MAX = 120


class Answer:
    """What the program printed; `error` where it printed no answer."""

    def __init__(self):
        self.error, self.allowed, self.code, self.reason = None, None, None, None
        self.patch, self.warnings, self.audit, self.message = [], [], {}, ""


def _flags(options, directory):
    flags = ["--now", options["now"]]
    for host in options.get("registry_hosts", []):
        flags += ["--registry-host", host]
    if options.get("always_pull_images"):
        flags.append("--always-pull-images")
    if options.get("rows"):
        path = os.path.join(directory, "workload-paths.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"workloads": options["rows"]}, file)
        flags += ["--workload-paths", path]
    return flags


def _write_case(case, directory):
    objects, resolutions = os.path.join(directory, "objects.yaml"), os.path.join(directory, "resolutions.json")
    with open(objects, "w", encoding="utf-8") as file:
        file.write("".join(f"---\n{json.dumps(obj)}\n" for obj in case["objects"]))
    with open(resolutions, "w", encoding="utf-8") as file:
        json.dump(case["options"].get("resolutions") or {}, file)
    return ["--objects", objects, "--resolutions", resolutions]


def decode(text):
    """The AdmissionReview that was printed, its contract checked."""
    answer, review = Answer(), json.loads(text)
    if review["kind"] != "AdmissionReview" or review["apiVersion"] != "admission.k8s.io/v1":
        raise ValueError("not an AdmissionReview")
    response = review["response"]
    answer.uid, answer.allowed = response["uid"], response["allowed"]
    status = response.get("status") or {}
    answer.code, answer.reason, answer.message = status.get("code"), status.get("reason"), status.get("message", "")
    if ("patch" in response) != ("patchType" in response):
        raise ValueError("patch and patchType come together or not at all")
    if "patch" in response:
        answer.patch = json.loads(base64.b64decode(response["patch"], validate=True))
        if not answer.patch or response["patchType"] != "JSONPatch":
            raise ValueError("an empty patch")
    answer.warnings, answer.audit = response.get("warnings", []), response.get("auditAnnotations", {})
    _check_texts(answer)
    return answer


def _check_texts(answer):
    for warning in answer.warnings:
        if not warning or len(warning) > WARNING_MAX or re.search(r"[\x00-\x1f\x7f]", warning):
            raise ValueError(f"warning {warning!r}")
    for key, value in answer.audit.items():
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", key) or not isinstance(value, str):
            raise ValueError(f"audit annotation {key!r}")
    if not answer.allowed and (answer.patch or answer.code not in (403, 503)):
        raise ValueError("a denied object gets no patch, and 403 or 503")


def run(case, directory):
    """The program's answer to a case."""
    command = [WEIR, "review"] + _write_case(case, directory) + _flags(case["options"], directory)
    done = subprocess.run(command + ["-"], input=json.dumps(case["review"]).encode(), capture_output=True, timeout=60)
    if done.returncode != 0:
        answer = Answer()
        answer.error = f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[:2000]}"
        return answer
    return decode(done.stdout)


def expected(case):
    options = {**case["options"], "now": timestamps.seconds(case["options"]["now"])}
    return weir_model.review(case["review"]["request"], case["objects"], options)


def _same_annotations(ours, theirs):
    """Objects alike but for the bytes of an annotation that was written: its content counts, in canonical form."""
    if ours == theirs:
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict) and set(ours) == set(theirs):
        return all(_same_annotations(ours[key], theirs[key]) if key != weir_model.IMAGES
                   else _same_text(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return all(_same_annotations(a, b) for a, b in zip(ours, theirs))
    return False


def _same_text(ours, theirs):
    if ours == theirs:
        return True
    a, b = weir_model.decode_annotation(ours), weir_model.decode_annotation(theirs)
    return a is not None and a == b and " " not in re.sub(r'"[^"]*"', "", theirs) and list(b) == sorted(b)


def _names(values):
    return sorted(values)


def compare(case, answer, decision):
    """(what, program, model) of the first difference, or None."""
    if answer.error:
        return ("exit", answer.error, decision.outcome)
    if answer.allowed != decision.allowed:
        return ("allowed", f"{answer.allowed} {answer.message}", f"{decision.allowed} {decision.violations}")
    if not answer.allowed and answer.code != decision.code:
        return ("code", f"{answer.code} {answer.message}", f"{decision.code} {decision.violations}")
    if not answer.allowed and answer.reason != {403: "Forbidden", 503: "ServiceUnavailable"}[answer.code]:
        return ("reason", answer.reason, decision.code)
    try:
        patched = json_patch.apply(case["review"]["request"].get("object"), answer.patch)
    except json_patch.PatchError as error:
        return ("patch", f"{error}: {answer.patch}", None)
    if decision.allowed and not _same_annotations(decision.object, patched):
        return ("object", patched, decision.object)
    if decision.allowed and len(answer.warnings) != len(decision.warnings):
        return ("warnings", answer.warnings, decision.warnings)
    return _compare_audit(answer, decision)


def _compare_audit(answer, decision):
    audit = answer.audit
    if decision.left:
        return None
    violations = json.loads(audit.get("violations", "[]"))
    checks = [("outcome", audit.get("outcome"), decision.outcome),
              ("images", audit.get("images", "0"), str(decision.images)),
              ("policy", audit.get("policy", ""), ",".join(decision.policies)),
              ("rule", _names(audit.get("rule", "").split(",")), _names(",".join(decision.rules).split(","))),
              ("violations", _names(v.partition(":")[0] for v in violations),
               _names(v.partition(":")[0] for v in decision.violations))]
    for what, program, model in checks:
        if program != model:
            return (what, (program, violations), (model, decision.violations))
    return None


def again(case, answer):
    """The case with the program's own output sent in again, or None where nothing was changed."""
    if answer.error or not answer.patch or not answer.allowed:
        return None
    second = copy.deepcopy(case)
    request = second["review"]["request"]
    request["object"] = json_patch.apply(request["object"], answer.patch)
    return second


def difference(case, directory=None):
    """The first difference of a case, its own output sent in again included."""
    with tempfile.TemporaryDirectory() as made:
        directory = directory or made
        answer = run(case, directory)
        found = compare(case, answer, expected(case))
        if found:
            return found
        second = again(case, answer)
        if second is None:
            return None
        repeated = run(second, directory)
        if repeated.error or repeated.patch:
            return ("idempotence", repeated.error or repeated.patch, None)
        found = compare(second, repeated, expected(second))
    return found and ("again: " + found[0],) + found[1:]
