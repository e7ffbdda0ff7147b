# SPDX-License-Identifier: Apache-2.0
"""Image references: the distribution grammar, normalization, and what the rules ask of a reference."""

import re

_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_COMPONENT}(?:\.{_COMPONENT})*|\[[a-fA-F0-9:]+\])"
_DOMAIN = rf"{_HOST}(?::[0-9]+)?"
_PATH_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_PATH = rf"{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"(?P<name>(?:{_DOMAIN}/)?{_PATH})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.A)
_NAME = re.compile(rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_PATH})", re.A)
_HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
PATH_MAX = 255


def digest_is_valid(text):
    algorithm, colon, encoded = text.partition(":")
    length = _HEX_LENGTHS.get(algorithm)
    return bool(colon) and length is not None and re.fullmatch(rf"[a-f0-9]{{{length}}}", encoded) is not None


class Reference:
    """A parsed, normalized reference; `written` is how many components it had without a registry, 0 with one."""

    def __init__(self, domain, path, tag, digest, written):
        self.domain, self.path, self.tag, self.digest, self.written = domain, path, tag, digest, written

    @property
    def repository(self):
        return f"{self.domain}/{self.path}" if self.domain else self.path

    @property
    def familiar(self):
        if self.domain != "docker.io":
            return self.repository
        rest = self.path.removeprefix("library/")
        return rest if "/" not in rest else self.path

    @property
    def text(self):
        return self.repository + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @property
    def name_components(self):
        """The components as written without a registry: library/ was added to a lone one."""
        parts = self.path.split("/")
        return parts[-1:] if self.written == 1 else parts


def _split_domain(name):
    first, slash, rest = name.partition("/")
    if not slash:
        return "docker.io", "library/" + name, False
    if first == "index.docker.io":
        domain, registry = "docker.io", True
    elif first == "localhost" or "." in first or ":" in first or first.lower() != first:
        domain, registry = first, True
    else:
        domain, rest, registry = "docker.io", name, False
    if domain == "docker.io" and "/" not in rest:
        rest = "library/" + rest
    return domain, rest, registry


def parse(text):
    """A Reference, or None where the text is none."""
    if not isinstance(text, str) or _IDENTIFIER.fullmatch(text):
        return None
    domain, rest, registry = _split_domain(text)
    if rest.partition(":")[0].lower() != rest.partition(":")[0]:
        return None
    match = _REFERENCE.fullmatch(f"{domain}/{rest}")
    if not match:
        return None
    name = _NAME.fullmatch(match["name"])
    if len(name["path"]) > PATH_MAX or (match["digest"] and not digest_is_valid(match["digest"])):
        return None
    before = text.partition("@")[0]
    written = 0 if registry else before.count("/") + 1
    return Reference(name["domain"] or "", name["path"], match["tag"] or "", match["digest"] or "", written)


def has_digest(text):
    ref = parse(text)
    return ref is not None and ref.digest != ""


def repository_of(text):
    ref = parse(text)
    return ref.repository if ref else None


def glob_matches(pattern, text):
    expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch(expression, text, re.S) is not None


def _plain_host(host):
    return host.lower().removesuffix(":443")


def _with_plain_host(ref):
    """§8: the host of S in lower case and without :443."""
    return Reference(_plain_host(ref.domain), ref.path, ref.tag, ref.digest, ref.written)


def pattern_matches(pattern, ref):
    """match.images and tags.skip: a glob against either form of the repository, a plain word as a reference."""
    plain = _with_plain_host(ref)
    if "*" in pattern or "?" in pattern:
        host, slash, path = pattern.partition("/")
        glob = _plain_host(host) + slash + path if slash else pattern
        return glob_matches(glob, plain.repository) or glob_matches(glob, plain.familiar)
    wanted = parse(pattern)
    return wanted is not None and _with_plain_host(wanted).repository == plain.repository
