# SPDX-License-Identifier: Apache-2.0
"""§4 and §5: what a reference is, and what a stream's tag or a plain tag answers."""

import reference
import timestamps
from cluster import duration_seconds

STEPS_MAX = 16
FRESHER = ["Never", "IfNotPresent", "Always"]
MUST_NOT, NOT_NOW = "must not", "not now"


class Digest:
    """An answer. `tag` is the source's, kept only where the repository is the source's."""

    def __init__(self, digest, repository, tag="", warned=False):
        self.digest, self.repository, self.tag, self.warned = digest, repository, tag, warned


class MereName:
    """A tag with `reference: true`: a name that is then judged as a plain tag."""

    def __init__(self, ref):
        self.ref, self.warned = ref, False


class Failure:
    """No answer. `source` is the tag's, `stale` a record that is too old to be served where Required."""

    def __init__(self, kind, why, source=None):
        self.kind, self.why, self.source, self.stale = kind, why, source, None


class PlainName:
    """What §4 says of a plain tag: `lookalike` is why it is never asked for, or empty."""

    def __init__(self, ref, lookalike=""):
        self.ref, self.lookalike = ref, lookalike


class StreamName:
    """A stream reference; `stream` is None where there is none: must not."""

    def __init__(self, stream, tag, why=""):
        self.stream, self.tag, self.why = stream, tag, why


class Resolver:
    """The rules' view of the world for one object: own namespace, policy, what may be asked."""

    def __init__(self, world, policy, namespace, resolve_names, options):
        self.world, self.policy, self.namespace, self.resolve_names = world, policy, namespace, resolve_names
        self.hosts = options.get("registry_hosts", [])
        self.now, self.required = options["now"], False
        self.resolutions = {}
        for text, digest in (options.get("resolutions") or {}).items():
            self.resolutions[self._key(reference.parse(text))] = digest

    @staticmethod
    def _key(ref):
        return ref.text if ref.tag or ref.digest else ref.text + ":latest"

    # §4

    def _shared(self):
        return self.policy["streams.sharedNamespaces"]

    def _own_stream(self, name):
        stream = self.world.streams.get((self.namespace, name))
        opted_in = stream and (stream.local or self.resolve_names
                               or self.policy["streams.lookup"] in ("All", "Only"))
        return stream if opted_in else None

    def _shared_stream(self, name):
        for namespace in self._shared():
            if (namespace, name) in self.world.streams:
                return self.world.streams[namespace, name]
        return None

    def _stream_of_one(self, name):
        return self._own_stream(name) or self._shared_stream(name)

    def _stream_of_two(self, namespace, name):
        if namespace == self.namespace and self._own_stream(name):
            return self._own_stream(name)
        return self.world.streams.get((namespace, name)) if namespace in self._shared() else None

    def _stream_of_host(self, ref):
        parts = ref.path.split("/")
        if len(parts) == 2 and (parts[0] == self.namespace or parts[0] in self._shared()):
            return self.world.streams.get((parts[0], parts[1]))
        return None

    def classify(self, ref):
        """A reference without digest: StreamName or PlainName."""
        tag, only = ref.tag or "latest", self.policy["streams.lookup"] == "Only"
        if self.policy["streams.resolution"] == "Off":
            return PlainName(ref)
        if ref.domain in self.hosts and ref.written == 0:
            stream = self._stream_of_host(ref)
            return StreamName(stream, tag, "" if stream else "no such stream under the registry host")
        if ref.written == 1:
            stream = self._stream_of_one(ref.name_components[0])
            if stream or only:
                return StreamName(stream, tag, "" if stream else "no such stream")
        if ref.written == 2:
            stream = self._stream_of_two(*ref.name_components)
            if stream or (only and self._is_near(ref.name_components[0])):
                return StreamName(stream, tag, "" if stream else "no such stream")
        return PlainName(ref, self._lookalike(ref))

    def _is_near(self, namespace):
        """The object's own namespace, or a shared one."""
        return (namespace == self.namespace and namespace != "") or namespace in self._shared()

    def _lookalike(self, ref):
        """The name is a stream, but one that is not opted in."""
        exists = False
        if ref.written == 1:
            exists = (self.namespace, ref.name_components[0]) in self.world.streams
        if ref.written == 2 and self._is_near(ref.name_components[0]):
            exists = tuple(ref.name_components) in self.world.streams
        return "stream exists, not opted in" if exists else ""

    # §5, the source of a tag

    def _source(self, stream, tag):
        """("none",) | ("docker", Reference, is_mere_name) | ("alias", stream or None, tag) | ("image", stream or None, digest)"""
        spec = stream.spec_tags.get(tag) or {}
        source = spec.get("from") or {}
        kind, name, namespace = source.get("kind"), source.get("name") or "", source.get("namespace") or ""
        if kind == "DockerImage":
            ref = reference.parse(name)
            if ref is None or ref.domain in self.hosts:
                return ("none",)
            return ("docker", ref, spec.get("reference") is True)
        if kind == "ImageStreamTag":
            return self._alias(stream, name, namespace)
        if kind == "ImageStreamImage":
            target, at, digest = name.partition("@")
            if not (target and at and reference.digest_is_valid(digest)):
                return ("none",)
            return ("image", self._target(stream, namespace, target), digest)
        return ("none",)

    def _alias(self, stream, name, namespace):
        target, colon, tag = name.partition(":")
        if not colon:
            if not name or namespace not in ("", stream.namespace):
                return ("none",)
            return ("alias", stream, name)
        if not target or not tag or ":" in tag:
            return ("none",)
        return ("alias", self._target(stream, namespace, target), tag)

    def _target(self, stream, namespace, name):
        if namespace and namespace != self.namespace and namespace not in self._shared():
            return None
        return self.world.streams.get((namespace or stream.namespace, name))

    # §5, the record

    def _record(self, stream, tag, source):
        """(digest, Reference of the repository, age or None) or None."""
        history, items = stream.histories.get(tag) or {}, stream.status_tags.get(tag) or []
        if history.get("removedSince") is not None:  # no tag any more
            return None
        if not items or not reference.digest_is_valid(items[0].get("image") or ""):
            return None
        text = items[0].get("dockerImageReference") or ""
        ref = reference.parse(text) if text else source
        if ref is None:
            return None
        times = [timestamps.seconds(text) for text in (items[0].get("created"), history.get("lastChecked"))]
        known = [time for time in times if time is not None]
        age = max(0, self.now - max(known)) if known else float("inf")
        return items[0]["image"], ref, age

    def _stored_as(self, stream, tag, digest, ref, source):
        """§5 Stored: the repository, under referencePolicy Local the stream's own."""
        spec = stream.spec_tags.get(tag) or {}
        found = {ref.repository}
        if (spec.get("referencePolicy") or {}).get("type") == "Local" and stream.repository_text:
            ref = reference.parse(stream.repository_text) or ref
        kept = source is not None and found | {ref.repository} == {source.repository}
        return Digest(digest, ref.repository, source.tag if kept else "")

    # §5, asking

    def ask(self, ref):
        """HEAD offline: the map answers, null is must not, absent is not now."""
        if not ref.domain:
            return Failure(MUST_NOT, "no registry to ask", ref)
        if ref.digest:
            return ref.digest
        key = self._key(ref)
        if key not in self.resolutions:
            return Failure(NOT_NOW, "offline", ref)
        digest = self.resolutions[key]
        return digest if digest else Failure(MUST_NOT, "the registry does not have it", ref)

    def _is_too_old(self, age):
        limit = self.policy["maxStale"]
        return limit is not None and age > duration_seconds(limit) and self.required

    def _by_table(self, stream, tag, freshness, source):
        record = self._record(stream, tag, source)
        recorded = lambda: self._stored_as(stream, tag, record[0], record[1], source)
        pending = (stream.histories.get(tag) or {}).get("pending") is not None
        if record and (freshness in ("Never", "IfNotPresent") or source is None or pending):
            return recorded()
        if freshness == "Never" or source is None:
            return Failure(MUST_NOT, "nothing recorded", source)
        asked = self.ask(source)
        if not isinstance(asked, Failure):
            return self._stored_as(stream, tag, asked, source, source)
        return self._record_instead(recorded(), record[2], asked) if record else asked

    def _record_instead(self, recorded, age, failure):
        """The table's last row: the record with a warning, unless it is too old."""
        if self._is_too_old(age):
            failure.stale = recorded
            return failure
        recorded.warned = True
        return recorded

    def _by_alias(self, stream, tag, freshness, target, target_tag, seen):
        key = (target.namespace, target.name, target_tag) if target else None
        if target is None:
            answer = Failure(MUST_NOT, "no such stream")
        elif key in seen:
            answer = Failure(MUST_NOT, "a cycle")
        elif len(seen) > STEPS_MAX:
            answer = Failure(MUST_NOT, "too many steps")
        else:
            answer = self.answer_of_tag(target, target_tag, freshness, seen | {key})
        record = self._record(stream, tag, None)
        if isinstance(answer, Failure) and record:
            return self._record_instead(self._stored_as(stream, tag, record[0], record[1], None), record[2], answer)
        return answer

    def _by_image(self, stream, tag, target, digest):
        spec = self._newest_pull_spec(target, digest) if target else None
        if spec is None:
            return Failure(MUST_NOT, "no such image in the stream")
        return self._stored_as(stream, tag, digest, spec, None)

    @staticmethod
    def _newest_pull_spec(stream, digest):
        best, best_time = None, None
        for tag in sorted(stream.status_tags):
            for item in stream.status_tags[tag]:
                ref = reference.parse(item.get("dockerImageReference") or "")
                created = timestamps.seconds(item.get("created"))
                created = float("-inf") if created is None else created
                if item.get("image") == digest and ref and (best is None or created > best_time):
                    best, best_time = ref, created
        return best

    def answer_of_tag(self, stream, tag, freshness, seen=None):
        """Digest, MereName or Failure."""
        seen = seen or {(stream.namespace, stream.name, tag)}
        source = self._source(stream, tag)
        if source[0] == "alias":
            return self._by_alias(stream, tag, freshness, source[1], source[2], seen)
        if source[0] == "image":
            return self._by_image(stream, tag, source[1], source[2])
        if source[0] == "docker" and source[2]:
            return MereName(source[1])
        if source[0] == "docker" and not source[1].digest and not source[1].domain:
            return Failure(MUST_NOT, "no registry to ask", source[1])
        if source[0] == "docker" and source[1].digest:
            return self._stored_as(stream, tag, source[1].digest, source[1], source[1])
        return self._by_table(stream, tag, freshness, source[1] if source[0] == "docker" else None)

    # §3, what makes an entry known to be false

    def _own_repositories(self, stream, tag):
        source = (stream.spec_tags.get(tag) or {}).get("from") or {}
        texts = [source.get("name") or ""] if source.get("kind") == "DockerImage" else []
        texts += [item.get("dockerImageReference") or "" for item in stream.status_tags.get(tag) or []]
        return {reference.repository_of(text) for text in texts + [stream.repository_text]}

    def repositories_along(self, stream, tag, seen=None):
        """Sources, events' pull specs and dockerImageRepository along the tags that a tag follows."""
        seen = seen if seen is not None else set()
        key = (stream.namespace, stream.name, tag)
        if key in seen or len(seen) > STEPS_MAX:
            return set()
        seen.add(key)
        found = self._own_repositories(stream, tag)
        source = self._source(stream, tag)
        if source[0] == "alias" and source[1]:
            found |= self.repositories_along(source[1], source[2], seen)
        if source[0] == "image" and source[1]:
            # Which image of the stream it names may have changed since: all that the stream ever pointed to.
            for items in source[1].status_tags.values():
                found |= {reference.repository_of(item.get("dockerImageReference") or "") for item in items}
        return found - {None}

    def _repositories_of_word(self, ref):
        """What a plain word can stand for: a near stream of its last component, and the one that two components name."""
        found = set()
        last = ref.path.split("/")[-1]
        names = [(namespace, last) for namespace in [self.namespace] + list(self._shared())]
        if ref.written == 2:
            names.append(tuple(ref.name_components))
        for name in names:
            stream = self.world.streams.get(name)
            if stream:
                found |= self._repositories_of(stream)
        return found - {None}

    def _repositories_of(self, stream):
        found = {reference.repository_of(stream.repository_text)}
        for tag in stream.tag_names():
            found |= self.repositories_along(stream, tag)
        return found

    def is_plausible(self, image, stored):
        ref = reference.parse(image)
        repository = reference.repository_of(stored)
        if ref is None or ref.digest or repository is None:
            return False
        what = self.classify(ref)
        if isinstance(what, StreamName):
            return what.stream is None or repository in self.repositories_along(what.stream, what.tag)
        return repository == ref.repository or repository in self._repositories_of_word(ref)

    def has_lost_its_stream(self, image, stored):
        """A bare name that no near stream gives this repository any more."""
        ref = reference.parse(image)
        if ref is None or ref.digest or ref.written != 1 or reference.repository_of(stored) is None:
            return False
        return isinstance(self.classify(ref), PlainName) and not self.is_plausible(image, stored)
