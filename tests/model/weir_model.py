# SPDX-License-Identifier: Apache-2.0
"""
An executable reading of the decision rules, written from their text alone, to
compare the program with. Letters as there: I and P are a position's image and
pull policy as they came, I0 and P0 in the old object, S as stored, W what is
judged, A_I and A_P the author's words, e0 the old annotation's entry.
"""

import copy
import json

import reference
import timestamps
from cluster import World, annotations_of, metadata_of
from resolution import FRESHER, MUST_NOT, NOT_NOW, Digest, Failure, MereName, PlainName, Resolver, StreamName
from workloads import at, controller_of, find_row, positions, template_pointer

IMAGES, REFRESH = "weir.dev/images", "weir.dev/refresh"
RESTARTED, MIRROR = "kubectl.kubernetes.io/restartedAt", "kubernetes.io/config.mirror"
RESOLVE_NAMES = "alpha.image.policy.openshift.io/resolve-names"
ANNOTATION_MAX = 16 * 1024
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
KNOWN = ("image", "stored", "pullPolicy", "setPolicy")
NOT_OPERATORS = {("apps", "ReplicaSet"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job"),
                 ("batch", "CronJob"), ("", "ReplicationController")}


class Decision:
    def __init__(self, obj=None):
        self.left = True
        self.allowed, self.code, self.denied = True, None, []
        self.object, self.warnings, self.violations = obj, [], []
        self.images, self.policies, self.rules, self.changed = 0, [], [], False

    @property
    def outcome(self):
        return "denied" if not self.allowed else "changed" if self.changed else "unchanged"


# §3, the annotation


def _no_duplicates(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def _refuse(text):
    raise ValueError(text)


def decode_annotation(text):
    """The entries, or None where it counts as absent."""
    if not isinstance(text, str) or len(text.encode("utf-8", "surrogatepass")) > ANNOTATION_MAX:
        return None
    try:
        entries = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        return None
    if not all(isinstance(entry.get(member, ""), str) for entry in entries.values() for member in KNOWN):
        return None
    return entries


def encode_annotation(entries):
    return json.dumps(entries, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def encode_what_fits(entries):
    """In the order of names, each that still fits; and how many do not."""
    kept = {}
    for key in sorted(entries, key=lambda key: key.encode("utf-8", "surrogatepass")):
        longer = {**kept, key: entries[key]}
        if len(encode_annotation(longer).encode("utf-8", "surrogatepass")) <= ANNOTATION_MAX:
            kept = longer
    return kept, len(entries) - len(kept)


def known_members(entry):
    return {key: value for key, value in (entry or {}).items() if key in KNOWN}


class Admission:
    """One object that is looked at; every method is one paragraph."""

    def __init__(self, request, row, world, policy, options):
        self.request, self.row, self.policy, self.options = request, row, policy, options
        self.update = request["operation"] == "UPDATE"
        self.ephemeral = request.get("subResource") == "ephemeralcontainers"
        self.is_pod = (row["group"], row["kind"]) == ("", "Pod")
        self.is_job = (row["group"], row["kind"]) == ("batch", "Job")
        self.object = copy.deepcopy(request["object"])
        old = request.get("oldObject")
        self.old = old if self.update and isinstance(old, dict) else {}
        self.mode, self.acts = policy["enforcement"], []
        self.decision = Decision()
        self.decision.left, self.decision.policies = False, policy.names
        self.resolver = Resolver(world, policy, request.get("namespace") or "", self._resolve_names(), options)
        self.resolver.required = policy["streams.resolution"] == "Required" and not self.ephemeral
        self.operator = self._is_operator() and policy["customControllers"] == "StreamsOnly"

    # what the object says

    def _template(self, obj):
        holder = at(obj, template_pointer(self.row))
        return holder if isinstance(holder, dict) else {}

    def _resolve_names(self):
        return any(annotations_of(holder).get(RESOLVE_NAMES) == "*"
                   for holder in (self.object, self._template(self.object)))

    def _is_operator(self):
        user = (self.request.get("userInfo") or {}).get("username") or ""
        owner = controller_of(self.object)
        if not (self.is_pod or self.is_job) or not user.startswith("system:serviceaccount:") or owner is None:
            return False
        version, kind = (owner.get(member) if isinstance(owner.get(member), str) else ""
                         for member in ("apiVersion", "kind"))
        return (version.rpartition("/")[0], kind) not in NOT_OPERATORS

    def metadata_is_odd(self):
        holder = self._template(self.object)
        metadata = holder.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            return True
        annotations = (metadata or {}).get("annotations")
        return annotations is not None and not isinstance(annotations, dict)

    # effects

    def warn(self, position, why):
        if self.mode != "Audit":
            self.decision.warnings.append(f"{position.label if position else 'object'}: {why}")

    def note(self, position, why):
        self.decision.violations.append(f"{position.label}: {why}")

    def violate(self, position, why, kind=MUST_NOT):
        self.note(position, why)
        if self.mode == "Enforce":
            self.decision.denied.append(kind)
        else:
            self.warn(position, why)

    # §2, pairing

    def _pair(self):
        old = {}
        for position in positions(self.old, self.row, self.ephemeral) if self.old else []:
            if position.name or not position.policy_member:
                old.setdefault((position.place, position.name), position)
        came_text = annotations_of(self._template(self.object)).get(IMAGES)
        old_text = annotations_of(self._template(self.old)).get(IMAGES)
        self.came_text, self.old_text = came_text, old_text
        self.came, self.old_entries = decode_annotation(came_text), decode_annotation(old_text)
        for position in self.positions:
            # A pointer to a text is a list of its own: the position there has no name and pairs with itself.
            pairs = position.first or not position.policy_member
            position.old = old.get((position.place, position.name)) if pairs else None
            self._read_words(position)

    def _counts(self, entry, text):
        if not isinstance(entry, dict) or text is None or entry.get("stored") != text:
            return False
        return "image" not in entry or self.resolver.is_plausible(entry["image"], text)

    def _entry(self, entries, position, text):
        entry = (entries or {}).get(position.key) if position.first else None
        return entry if self._counts(entry, text) else None

    def _read_words(self, position):
        """e0, the entry that came, same image and policy, and the author's words."""
        old, image, policy = position.old, position.image, position.policy
        e0 = self._entry(self.old_entries, position, old.image) if old else None
        came = self._entry(self.came, position, image)
        position.e0, position.came = e0, came
        position.same_image = bool(old) and image is not None and (
            image == old.image or (e0 is not None and image == e0.get("image")))
        position.same_policy = bool(old) and (
            policy == old.policy or (e0 is not None and old.policy != "" and policy == e0.get("pullPolicy")))
        position.in_words = position.same_image and image != old.image
        position.author_image = came["image"] if came and "image" in came else image
        position.author_policy = self._author_policy(position)
        position.refreshed = self.refreshed or (
            self.restarted and self._freshness(position, position.author_image) == "Always")
        if position.refreshed and old and image is not None and reference.has_digest(image):
            before = e0["image"] if e0 and "image" in e0 else old.image  # the refresh itself, reinvoked
            position.same_image = position.same_image or position.author_image == before
        self._warn_of_a_lost_stream(position)

    def _warn_of_a_lost_stream(self, position):
        entry = (self.old_entries or {}).get(position.key) if position.first and position.old else None
        if self.ephemeral or position.image is None or not isinstance(entry, dict) or "image" not in entry:
            return
        if entry.get("stored") == position.old.image and self.resolver.has_lost_its_stream(entry["image"], entry["stored"]):
            self.warn(position, "its stream is not near any more")

    def _author_policy(self, position):
        came, e0, policy = position.came, position.e0, position.policy
        if came and "pullPolicy" in came and came.get("setPolicy") == policy:
            return came["pullPolicy"]
        if position.same_policy and e0 and "pullPolicy" in e0:
            still = known_members((self.came or {}).get(position.key)) == known_members(e0)
            if still or position.in_words:
                return e0["pullPolicy"]
        return policy

    def _has_new_refresh(self):
        for new, old in ((self.object, self.old), (self._template(self.object), self._template(self.old))):
            value = annotations_of(new).get(REFRESH)
            if isinstance(value, str) and value and value != annotations_of(old).get(REFRESH):
                return True
        return False

    def _has_restarted(self):
        new = timestamps.seconds(annotations_of(self._template(self.object)).get(RESTARTED))
        old = timestamps.seconds(annotations_of(self._template(self.old)).get(RESTARTED))
        return new is not None and (old is None or new > old)

    # §5, freshness

    def _freshness(self, position, judged):
        if self.policy["freshness"] != "FromPullPolicy":
            return self.policy["freshness"]
        return position.author_policy if position.author_policy in PULL_POLICIES else default_policy(judged)

    # which row of §2

    def _place(self, position):
        """position.row: alone, frozen, back, policy, itself, refresh or judge."""
        if self.ephemeral:
            position.row = "alone" if position.old or position.image is None else "judge"
        elif position.image is None or position.variable:
            position.row = "alone"
        elif self.update and (self.is_job or (self.is_pod and position.kind == "Volume")):
            position.row = "frozen"
        elif not position.same_image:
            position.row = "judge"
        elif position.refreshed:
            itself = reference.has_digest(position.image) and self._other_annotation_came()
            position.row = "itself" if itself else "refresh"
        elif reference.parse(position.image) is None:
            position.row = "alone"
        elif position.same_policy:
            position.row = "back"
        else:
            position.row = "frozen" if self.is_pod else "policy"

    def _other_annotation_came(self):
        return self.came_text != self.old_text and any(position.came for position in self.positions)

    # judging W

    def _judged_text(self, position):
        if position.row == "refresh":
            return position.author_image
        came = position.came and not reference.has_digest(position.image)
        return position.author_image if came else position.image

    def _collect(self):
        """Equal W in one object get one answer, by the freshest of their freshnesses."""
        self.freshest = {}
        judged = [p for p in self.positions if p.row in ("judge", "refresh") and not p.taken]
        for position in judged:
            self._judge_as(position, self._judged_text(position))
        for position in judged:
            if position.row == "judge" and position.judged != position.image and self._would_be_left(position):
                self._judge_as(position, position.image)
                position.fell_back = True

    def _judge_as(self, position, text):
        position.judged = text
        rank = FRESHER.index(self._freshness(position, text))
        self.freshest[text] = max(rank, self.freshest.get(text, 0))

    def _would_be_left(self, position):
        """Whether the words lead to nothing, not even to a denial; leaves no trace."""
        decision, self.decision = self.decision, Decision()
        stored, denied = self._judge(position), self.decision.denied
        self.decision = decision
        return stored is None and not denied

    def _stored_text(self, answer):
        tag = f":{answer.tag}" if self.policy["reference"] == "TagAndDigest" and answer.tag else ""
        return f"{answer.repository}{tag}@{answer.digest}"

    def _plain_answer(self, ref, freshness):
        """None: not asked for."""
        if self.policy["tags.resolution"] == "Off" or self.operator:
            return None
        if any(reference.pattern_matches(pattern, ref) for pattern in self.policy["tags.skip"]):
            return None
        if freshness == "Never":
            return Failure(MUST_NOT, "freshness Never asks no registry") if self._required("tags.resolution") else None
        answer = self.resolver.ask(ref)
        return answer if isinstance(answer, Failure) else Digest(answer, ref.repository, ref.tag)

    def _required(self, field):
        return self.policy[field] == "Required" and not self.ephemeral and not (self.operator and field[0] == "t")

    def _judge(self, position):
        """S by §7's table, or None for "leave"."""
        ref, freshness = reference.parse(position.judged), FRESHER[self.freshest[position.judged]]
        if ref is None:
            if self._required("tags.resolution"):
                self.violate(position, "not an image reference")
            return None
        if ref.digest:
            return position.image
        what = self.resolver.classify(ref)
        if isinstance(what, StreamName):
            return self._judge_stream(position, what, freshness)
        return self._judge_plain(position, what.ref, what.lookalike, freshness)

    def _judge_stream(self, position, what, freshness):
        answer = (self.resolver.answer_of_tag(what.stream, what.tag, freshness) if what.stream
                  else Failure(MUST_NOT, what.why))
        if answer.__class__ is Failure:
            return self._unanswered_stream(position, answer)
        if answer.warned:
            self.warn(position, "recorded digest")
        if isinstance(answer, MereName):
            if answer.ref.digest:
                return answer.ref.text
            return self._judge_plain(position, answer.ref, "", freshness) or answer.ref.text
        return self._stored_text(answer)

    def _unanswered_stream(self, position, failure):
        if self._required("streams.resolution"):
            self.violate(position, failure.why, failure.kind)
            if self.mode == "Enforce":
                return None
        else:
            self._warn_or_note(position, failure.why)
        if failure.stale:  # acts as Attempt, and under Attempt a record of any age is served
            return self._stored_text(failure.stale)
        return failure.source.text if failure.source else None

    def _judge_plain(self, position, ref, lookalike, freshness):
        if lookalike:
            if self._required("tags.resolution"):
                self.violate(position, lookalike)
            else:
                self.warn(position, lookalike)
            return None
        answer = self._plain_answer(ref, freshness)
        if answer is None:
            return None
        if isinstance(answer, Failure):
            if self._required("tags.resolution"):
                self.violate(position, answer.why, answer.kind)
            else:
                self.note(position, answer.why)
            return None
        if self.mode == "Enforce":
            return self._stored_text(answer)
        self.violate(position, "would be pinned")
        return None

    # §8, rules

    def _rule_for(self, position, stored):
        for rule in self.policy.rules:
            if rule_matches(rule, position.kind, stored):
                return rule
        return None

    def _run_rules(self, position, stored, policy, gently=False, may_set=True):
        """The pull policy as stored; `gently`: a Deny is a warning, and the old policy is put back."""
        rule = self._rule_for(position, stored)
        effective = policy if policy in PULL_POLICIES else default_policy(stored)
        if rule is None or effective in rule["allow"]:
            return policy
        action, why = rule.get("action"), f"rule {rule['name']}"
        if action == "Set":
            always_pull = self.options.get("always_pull_images") and rule["allow"][0] != "Always"
            if not may_set or self.operator or always_pull or not position.policy_member:
                return policy
            self._acted(rule)
            if self.mode == "Enforce":
                return rule["allow"][0]
            self.violate(position, why)
            return policy
        self._acted(rule)
        if action == "Deny" and not gently:
            self.violate(position, why)
        else:
            self._warn_or_note(position, why)
        return (position.old.policy or position.policy) if action == "Deny" and gently else policy

    def _warn_or_note(self, position, why):
        """The cells "warn | warn | audit": no violation, but Audit has nowhere else to say it."""
        self.warn(position, why)
        if self.mode == "Audit":
            self.note(position, why)

    def _acted(self, rule):
        self.acts.append(rule)
        if rule["name"] not in self.decision.rules:
            self.decision.rules.append(rule["name"])

    # the rows of §2

    def _do_back(self, position):
        position.stored, position.final = position.old.image, position.old.policy

    def _do_frozen(self, position):
        position.stored = position.old.image if position.same_image else position.image
        position.final = position.old.policy if position.same_policy else position.policy

    def _pod_policy(self, position):
        return position.old.policy if position.same_policy else position.policy

    def _do_policy(self, position):
        position.stored = position.old.image
        position.final = self._run_rules(position, position.stored, position.policy)

    def _is_gentle(self, position):
        """A refresh must not fail for what the workload had before: where that can be put back."""
        before = [position.old.policy] + ([position.e0["pullPolicy"]] if position.e0 and "pullPolicy" in position.e0 else [])
        return position.author_policy in before and (position.old.policy != "" or position.policy == "")

    def _do_itself(self, position):
        """`kubectl rollout undo`, or the refresh in its second round."""
        position.stored = position.image
        if self.is_pod:
            position.final = self._pod_policy(position)
        else:
            position.final = self._run_rules(position, position.stored, position.policy, gently=self._is_gentle(position))

    def _policy_of_refresh(self, position, stored):
        """A_P where no rule acts on it."""
        # An absent policy cannot come back: there is no operation for it.
        acted, gently = len(self.acts), self._is_gentle(position)
        final = self._run_rules(position, stored, position.author_policy or position.policy, gently=gently)
        action = self.acts[-1].get("action") if len(self.acts) > acted else "none"
        if action == "none" or (action == "Set" and self.mode == "Enforce"):
            return final
        back = position.same_policy or (action == "Deny" and gently)
        return (position.old.policy or position.policy) if back else position.policy

    def _do_refresh(self, position):
        counts = (len(self.decision.warnings), len(self.decision.violations), len(self.decision.denied))
        stored = self._judge(position)
        if stored is None or not reference.has_digest(stored):
            del self.decision.warnings[counts[0]:], self.decision.denied[counts[2]:]
            if not reference.has_digest(position.judged):
                self.warn(position, "no digest for the refresh")
            stored = position.image if reference.has_digest(position.image) else position.old.image
        del self.decision.violations[counts[1]:]
        position.stored = stored
        if self.is_pod:
            position.final = self._pod_policy(position)
        elif reference.parse(position.image) is None:  # no rule runs on what is left alone
            position.final = position.author_policy or position.policy
        else:
            position.final = self._policy_of_refresh(position, stored)

    def _do_judge(self, position):
        if position.taken:
            position.stored = position.taken.stored
        else:
            position.stored = self._judge(position) or position.image
            self._drop_false_words(position)
        if reference.parse(position.image) is None:
            position.final = position.policy
        elif self.update and self.is_pod and not self.ephemeral:
            position.final = self._pod_policy(position)
            self._run_rules(position, position.stored, position.final, may_set=False)
        else:
            position.final = self._run_rules(position, position.stored, position.policy)

    def _drop_false_words(self, position):
        """What was stored instead may be nothing that the entry's words can stand for: then the text is the words."""
        if position.fell_back and position.stored != position.image:
            if not self.resolver.is_plausible(position.author_image, position.stored):
                position.author_image = position.image

    def _find_taken(self, position):
        """One whose I equals I or A_I of a position of the first three rows takes that one's S."""
        for other in self.positions:
            back = other.row in ("back", "policy", "itself") or (other.row == "frozen" and other.same_image)
            stored = other.image if other.row == "itself" else other.old.image if back else None
            if back and position.image in (other.image, other.author_image) and reference.has_digest(stored):
                return other
        return None

    def run(self):
        self.positions = positions(self.object, self.row, self.ephemeral)
        self.refreshed, self.restarted = self.update and self._has_new_refresh(), self.update and self._has_restarted()
        self._pair()
        if self.came is None and IMAGES in annotations_of(self._template(self.object)):
            self.warn(None, "annotation")
        for name in self.policy.ignored_shared:
            self.warn(None, f"namespace {name} is not shared")
        for position in self.positions:
            position.taken, position.fell_back = None, False
            self._place(position)
        for position in self.positions:
            if position.row == "judge" and self.update and not self.ephemeral:
                position.taken = self._find_taken(position)
        self._collect()
        ordered = sorted(self.positions, key=lambda p: p.row not in ("back", "policy", "frozen", "itself"))
        for position in ordered:
            {"alone": self._do_alone, "back": self._do_back, "policy": self._do_policy, "frozen": self._do_frozen,
             "itself": self._do_itself, "refresh": self._do_refresh, "judge": self._do_judge}[position.row](position)
        return self._finish()

    def _do_alone(self, position):
        position.stored, position.final = position.image, position.policy

    # §3, what the annotation shall hold

    def _shall_hold(self):
        entries = {}
        for position in self.positions:
            if not position.first or position.image is None or position.stored is None:
                continue
            entry = {}
            if position.author_image != position.stored:
                entry["image"] = position.author_image
            if position.author_policy != position.final:
                entry["pullPolicy"], entry["setPolicy"] = position.author_policy, position.final
            if entry:
                known_from = (self.came or {}).get(position.key) or (position.e0 if position.same_image else None) or {}
                kept = {key: value for key, value in known_from.items() if key not in KNOWN}
                entries[position.key] = {**kept, **entry, "stored": position.stored}
        return entries

    def _old_is_put_back(self):
        # What the API server would refuse is "left alone" too, and what does not parse.
        if not self.update or any(p.row not in ("back", "alone", "frozen") and reference.parse(p.image) for p in self.positions):
            return False
        if self.came_text == self.old_text:
            return True
        none_counts = not any(position.came for position in self.positions)
        put_back = [p for p in self.positions if p.old and p.row in ("back", "frozen")]
        in_words = any(p.image != p.old.image or p.policy != p.old.policy for p in put_back)
        return none_counts and in_words

    def _annotation(self):
        """The annotation's text as stored; None for absent."""
        if self._old_is_put_back():
            return self.old_text
        if self.update and self.is_job:  # a Job's template is only ever put back
            return self.came_text
        entries, left_out = encode_what_fits(self._shall_hold())
        if left_out:
            self.warn(None, "no room")
        if entries and entries == self.came:
            return self.came_text
        if not entries:
            return None if self.came is not None else self.came_text
        return encode_annotation(entries)

    def _write_annotation(self, text):
        holder = self._template(self.object)
        if text is None:
            if self.came_text is not None:  # a null is no object: it stays where nothing is to be held
                annotations_of(holder).pop(IMAGES, None)
        elif text != self.came_text:
            if not isinstance(holder.get("metadata"), dict):
                holder["metadata"] = {}
            if not isinstance(holder["metadata"].get("annotations"), dict):
                holder["metadata"]["annotations"] = {}
            holder["metadata"]["annotations"][IMAGES] = text

    # §7 and §9

    def _finish(self):
        decision = self.decision
        if decision.denied:
            decision.allowed, decision.object = False, self.request["object"]
            decision.code = 503 if all(kind == NOT_NOW for kind in decision.denied) else 403
            return decision
        for position in self.positions:
            if position.stored is not None and position.stored != position.image:
                position.holder[position.image_member] = position.stored
                decision.images += reference.has_digest(position.stored)
            if position.final != position.policy and position.policy_member:
                position.holder[position.policy_member] = position.final
        if not self.ephemeral:
            self._write_annotation(self._annotation())
        decision.object, decision.changed = self.object, self.object != self.request["object"]
        return decision


def default_policy(text):
    """§5: Always if the tag is latest, or there is neither tag nor digest."""
    ref = reference.parse(text)
    if ref is None:
        return "IfNotPresent"
    return "Always" if ref.tag == "latest" or not (ref.tag or ref.digest) else "IfNotPresent"


def rule_matches(rule, kind, stored):
    match, ref = rule.get("match") or {}, reference.parse(stored)
    if match.get("containers") is not None and kind not in match["containers"]:
        return False
    if match.get("pinned") is not None and match["pinned"] != (ref is not None and ref.digest != ""):
        return False
    patterns = match.get("images")
    return patterns is None or (ref is not None and any(reference.pattern_matches(p, ref) for p in patterns))


# §1


def _is_left(request, row, policy):
    old = request.get("oldObject")
    if request["operation"] == "UPDATE" and isinstance(old, dict) and metadata_of(old).get("deletionTimestamp") is not None:
        return True
    is_pod, is_job = (row["group"], row["kind"]) == ("", "Pod"), (row["group"], row["kind"]) == ("batch", "Job")
    groups = (request.get("userInfo") or {}).get("groups") or []
    if is_pod and isinstance(annotations_of(request["object"]).get(MIRROR), str) and "system:nodes" in groups:
        return True
    if not is_pod and not is_job and controller_of(request["object"]):
        return True
    return policy["enforcement"] == "Off" or ("Pods" if is_pod else "Workloads") not in policy["targets"]


def review(request, objects, options):
    """The decision. `options`: now, resolutions, registry_hosts, always_pull_images, rows."""
    row = find_row(request.get("kind") or {}, options.get("rows", []))
    sub, operation = request.get("subResource") or "", request.get("operation")
    ephemeral = sub == "ephemeralcontainers" and operation == "UPDATE" and (row or {}).get("kind") == "Pod"
    obj = request.get("object")
    if operation not in ("CREATE", "UPDATE") or (sub and not ephemeral) or row is None or not isinstance(obj, dict):
        return Decision(obj)
    world = World(objects)
    policy = world.effective_policy(request.get("namespace") or "")
    if _is_left(request, row, policy):
        return Decision(obj)
    admission = Admission(request, row, world, policy, options)
    if admission.metadata_is_odd():
        return Decision(obj)
    return admission.run()
