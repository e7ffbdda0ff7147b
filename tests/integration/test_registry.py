#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir review --online` against a real docker-registry, and a fake one where the real one behaves too well."""

import base64
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import registry_fixture  # noqa: E402
from fake_registry import FakeRegistry  # noqa: E402

WEIR = os.path.abspath(os.environ.get("WEIR", "build/weir"))
POLICY = {"apiVersion": "weir.dev/v1alpha1", "kind": "ClusterStreamPolicy", "metadata": {"name": "pin"},
          "spec": {"tags": {"resolution": "Required"}}}
SECONDS_MAX = 120


def review_of(images, secrets=()):
    containers = [{"name": f"c{i}", "image": image} for i, image in enumerate(images)]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"},
           "spec": {"containers": containers, "imagePullSecrets": [{"name": name} for name in secrets]}}
    request = {"uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop",
               "resource": {"group": "", "version": "v1", "resource": "pods"}, "operation": "CREATE",
               "userInfo": {"username": "kim"}, "object": pod}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def secret(name, docker_config):
    data = base64.b64encode(json.dumps(docker_config).encode()).decode()
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "shop"},
            "type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": data}}


class Answer:
    def __init__(self, done):
        if done.returncode != 0:
            raise AssertionError(f"exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        response = json.loads(done.stdout)["response"]
        self.allowed = response["allowed"]
        self.status = response.get("status", {})
        self.message = self.status.get("message", "")
        self.warnings = response.get("warnings", [])
        self.audit = response.get("auditAnnotations", {})
        patch = json.loads(base64.b64decode(response.get("patch", "W10=")))
        self.images = [op["value"] for op in patch if op["path"].endswith("/image")]
        self.output = done.stdout + done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-test-registry-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.objects = []

    def review(self, images, *flags, secrets=(), environment=None, policy=POLICY):
        path = self.directory / "objects.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [policy] + self.objects}))
        begin = time.monotonic()
        done = subprocess.run([WEIR, "review", "--online", "--objects", path, *flags],
                              input=json.dumps(review_of(images, secrets)).encode(), capture_output=True,
                              timeout=SECONDS_MAX, env={**os.environ, **(environment or {})})
        self.took = time.monotonic() - begin
        return Answer(done)

    def add_secret(self, name, docker_config):
        self.objects.append(secret(name, docker_config))

    def assert_denied(self, answer, code, *parts):
        self.assertFalse(answer.allowed)
        self.assertEqual(answer.status["code"], code, answer.message)
        for part in parts:
            self.assertIn(part, answer.message)


class RealRegistry(Case):
    @classmethod
    def setUpClass(cls):
        cls.registry = cls.enterClassContext(registry_fixture.Registry())
        cls.host = cls.registry.host

    def test_a_tag_becomes_its_digest_and_follows_when_it_moves(self):
        first = self.registry.push("team/app", "1.0", "one")
        self.assertEqual(self.review([f"{self.host}/team/app:1.0"]).images, [f"{self.host}/team/app@{first}"])
        second = self.registry.push("team/app", "1.0", "two")
        self.assertNotEqual(first, second)
        self.assertEqual(self.review([f"{self.host}/team/app:1.0"]).images, [f"{self.host}/team/app@{second}"])

    def test_docker_manifests_work_as_well(self):
        digest = self.registry.push("team/docker", "latest", "one", docker=True)
        self.assertEqual(self.review([f"{self.host}/team/docker"]).images, [f"{self.host}/team/docker@{digest}"])

    def test_an_index_is_pinned_and_never_a_child(self):
        for docker in (False, True):
            with self.subTest(docker=docker):
                name = f"team/index-{docker}".lower()
                index, children = self.registry.push_index(name, "1", "many", docker)
                images = self.review([f"{self.host}/{name}:1"]).images
                self.assertEqual(images, [f"{self.host}/{name}@{index}"])
                self.assertNotIn(index, children)

    def test_a_missing_tag_or_repository_is_denied_for_good(self):
        self.registry.push("team/there", "1", "one")
        for image in (f"{self.host}/team/there:2", f"{self.host}/nobody/nothing:1"):
            self.assert_denied(self.review([image]), 403,
                               f'registry "{self.host}" says 404: no such tag, or no access')

    def test_many_images_are_asked_for_side_by_side(self):
        digests = [self.registry.push(f"team/wide-{i}", "1", str(i)) for i in range(12)]
        images = self.review([f"{self.host}/team/wide-{i}:1" for i in range(12)]).images
        self.assertEqual(images, [f"{self.host}/team/wide-{i}@{d}" for i, d in enumerate(digests)])

    def test_a_registry_that_is_down_is_a_matter_of_time(self):
        with registry_fixture.Registry() as registry:
            registry.push("app", "1", "one")
            registry.stop()
            answer = self.review([f"{registry.host}/app:1"])
            self.assert_denied(answer, 503, "cannot be reached: connection refused")
            registry.start()
            self.assertTrue(self.review([f"{registry.host}/app:1"]).allowed)


class RegistryWithUsers(Case):
    @classmethod
    def setUpClass(cls):
        cls.registry = cls.enterClassContext(registry_fixture.Registry(users={"alice": "secret:1", "bob": "b"}))
        cls.image = f"{cls.registry.host}/team/app:1"
        cls.pinned = f"{cls.registry.host}/team/app@" + cls.registry.push("team/app", "1", "one")

    def test_pull_secrets_open_it(self):
        self.add_secret("regcred", self.registry.docker_config("alice"))
        self.assertEqual(self.review([self.image], secrets=["regcred"]).images, [self.pinned])

    def test_the_next_secret_is_tried_where_one_is_wrong(self):
        self.add_secret("wrong", self.registry.docker_config("alice", "guess"))
        self.add_secret("right", self.registry.docker_config("bob"))
        answer = self.review([self.image], secrets=["wrong", "right"])
        self.assertEqual(answer.images, [self.pinned])

    def test_it_says_who_was_refused_and_no_secret(self):
        self.add_secret("wrong", self.registry.docker_config("alice", "hush-hush-guess"))
        answer = self.review([self.image], "--explain", secrets=["wrong"])
        self.assert_denied(answer, 403, "says 401: no access with the credentials given, nor without")
        self.assertNotIn(b"hush-hush", answer.output)
        answer = self.review([self.image])
        self.assert_denied(answer, 403, "says 401: no access without credentials")

    def test_it_names_a_pull_secret_that_does_not_serve(self):
        broken = secret("broken", {})
        broken["data"] = {".dockerconfigjson": "bm8gSlNPTg=="}
        self.objects.append(broken)
        absent = 'pull secret "shop/regcerd" is not there; create it, or take it out of imagePullSecrets'
        unusable = 'pull secret "shop/broken" is unusable: '
        answer = self.review([self.image, f"{self.registry.host}/team/other:1"], secrets=["regcerd", "broken"])
        self.assert_denied(answer, 403, absent)
        self.assert_denied(answer, 403, unusable)
        self.assertEqual(answer.message.count(absent), 1, answer.message)
        self.assertNotIn(b"no JSON", answer.output)
        self.add_secret("regcred", self.registry.docker_config("alice"))
        answer = self.review([self.image], secrets=["regcerd", "broken", "regcred"])
        self.assertEqual((answer.images, answer.warnings), ([self.pinned], []))

    def test_it_names_it_in_a_warning_where_nothing_is_required(self):
        policy = {**POLICY, "spec": {"tags": {"resolution": "Attempt"}}}
        answer = self.review([self.image], secrets=["regcerd"], policy=policy)
        self.assertTrue(answer.allowed)
        self.assertEqual(answer.warnings, ['pull secret "shop/regcerd" is not there; create it, or take it out of '
                                           'imagePullSecrets'])
        policy["spec"]["enforcement"] = "Audit"
        answer = self.review([self.image], secrets=["regcerd"], policy=policy)
        self.assertEqual(answer.warnings, [])
        self.assertIn("shop/regcerd", answer.audit["violations"])

    def test_it_names_an_entry_that_holds_nothing_and_sends_none(self):
        with FakeRegistry() as fake:
            host = f"127.0.0.1:{fake.port}"
            entries = {"store": {}, "token": {"identitytoken": "abc"}, "empty": {"auth": ""}, "colon": {"auth": "Og=="}}
            for name, entry in entries.items():
                self.add_secret(name, {"auths": {host: entry}, "credsStore": "desktop"})
                for how in ("basic", "private"):
                    answer = self.review([f"{host}/{how}/{name}:1"], secrets=[name])
                    self.assert_denied(answer, 403, f'pull secret "shop/{name}" is unusable: its entry of "{host}" holds '
                                                    'no user and password', "no access without credentials")
                self.assertEqual(self.review([f"{host}/ok/{name}:1"], secrets=[name]).warnings, [])
            self.add_secret("other", {"auths": {"elsewhere.example": {}}})
            self.assertNotIn("unusable", self.review([f"{host}/basic/other:1"], secrets=["other"]).message)
            self.assertEqual([line for line in fake.lines() if " Basic " in line], [])

    def test_it_names_one_of_the_service_account(self):
        self.objects.append({"apiVersion": "v1", "kind": "ServiceAccount",
                             "metadata": {"name": "default", "namespace": "shop"},
                             "imagePullSecrets": [{"name": "regcred"}]})
        self.assert_denied(self.review([self.image]), 403,
                           'pull secret "shop/regcred" is not there; create it, or take it out of service account '
                           '"default"')


class RegistryWithTls(Case):
    @classmethod
    def setUpClass(cls):
        cls.registry = cls.enterClassContext(registry_fixture.Registry(users={"alice": "s"}, tls=True))
        cls.image = f"{cls.registry.host}/app:1"
        cls.pinned = f"{cls.registry.host}/app@" + cls.registry.push("app", "1", "one")

    def setUp(self):
        super().setUp()
        self.add_secret("regcred", self.registry.docker_config("alice"))

    def test_its_own_authority_makes_it_trusted(self):
        self.registry.write_certs(self.directory / "certs")
        answer = self.review([self.image], "--registry-certs", self.directory / "certs", secrets=["regcred"])
        self.assertEqual(answer.images, [self.pinned])

    def test_another_authority_does_not(self):
        with registry_fixture.Registry(tls=True) as other:
            place = self.directory / "certs" / self.registry.host
            place.mkdir(parents=True)
            shutil.copy(other.certificate, place / "ca.crt")
        answer = self.review([self.image], "--registry-certs", self.directory / "certs", secrets=["regcred"])
        self.assert_denied(answer, 503, "cannot be trusted, TLS failed: certificate: self-signed certificate")

    def test_an_insecure_registry_is_not_verified(self):
        answer = self.review([self.image], "--insecure-registry", self.registry.host, secrets=["regcred"])
        self.assertEqual(answer.images, [self.pinned])

    def test_a_certificate_for_another_name_is_refused(self):
        with registry_fixture.Registry(tls=True, name="localhost") as other:
            place = self.directory / "certs" / f"127.0.0.1:{other.port}"
            place.mkdir(parents=True)
            shutil.copy(other.certificate, place / "ca.crt")
            answer = self.review([f"127.0.0.1:{other.port}/app:1"], "--registry-certs", self.directory / "certs")
            self.assert_denied(answer, 503, "cannot be trusted, TLS failed: certificate: ")

    def test_half_a_client_certificate_is_an_error(self):
        self.registry.write_certs(self.directory / "certs")
        (self.directory / "certs" / self.registry.host / "client.cert").write_text("x")
        answer = self.review([self.image], "--registry-certs", self.directory / "certs", secrets=["regcred"])
        self.assert_denied(answer, 403, "only half of a client pair")


class TokenServerOfAnotherName(Case):
    """A registry at 127.0.0.1 and its token server at localhost, each with an authority of its own."""

    def setUp(self):
        super().setUp()
        self.tokens = self.enterContext(FakeRegistry(tls_name="localhost"))
        self.token_host = f"localhost:{self.tokens.port}"
        self.fake = self.enterContext(FakeRegistry(tls_name="127.0.0.1", peer=f"https://{self.token_host}"))
        self.fake.tokens = self.tokens.tokens
        self.host = f"127.0.0.1:{self.fake.port}"
        self.image = f"{self.host}/realm-elsewhere/app:1"
        self.certs = self.directory / "certs"

    def trust(self, server, name):
        (self.certs / name).mkdir(parents=True)
        shutil.copy(server.certificate, self.certs / name / "ca.crt")

    def test_each_has_a_directory_of_its_own(self):
        self.trust(self.fake, self.host)
        answer = self.review([self.image], "--registry-certs", self.certs)
        self.assert_denied(answer, 503, f'token server of registry "{self.host}" cannot be trusted, TLS failed: ',
                           f'; its authority belongs into "{self.certs}/{self.token_host}" as *.crt')
        self.trust(self.tokens, self.token_host)
        self.assertEqual(len(self.review([self.image], "--registry-certs", self.certs).images), 1)

    def test_the_registrys_own_directory_is_named_as_well(self):
        self.trust(self.tokens, self.host)
        answer = self.review([self.image], "--registry-certs", self.certs)
        self.assert_denied(answer, 503, f'registry "{self.host}" cannot be trusted, TLS failed: ',
                           f'; its authority belongs into "{self.certs}/{self.host}" as *.crt')

    def test_each_is_insecure_by_its_own_name(self):
        answer = self.review([self.image], "--insecure-registry", self.host)
        self.assert_denied(answer, 503, f'token server of registry "{self.host}" cannot be trusted, TLS failed: ',
                           f"; --registry-certs DIR takes its authority from DIR/{self.token_host}/*.crt")
        for name in (self.token_host, "localhost"):
            answer = self.review([self.image], "--insecure-registry", self.host, "--insecure-registry", name)
            self.assertEqual(len(answer.images), 1)

    def test_a_directory_that_cannot_be_used_is_named(self):
        self.trust(self.fake, self.host)
        self.trust(self.tokens, self.token_host)
        (self.certs / self.token_host / "client.key").write_text("x")
        answer = self.review([self.image], "--registry-certs", self.certs)
        self.assert_denied(answer, 403, f'certificate directory "{self.token_host}": it holds only half of a client pair')


class MisbehavingRegistry(Case):
    def setUp(self):
        super().setUp()
        self.fake = self.enterContext(FakeRegistry())

    def test_each_failure_has_its_code_in_bounded_time(self):
        rows = [("stall-headers", 503, "timed out"),
                ("stall-body", 503, "timed out"),
                ("cut-headers", 503, "cannot be reached"),
                ("cut-body", 403, "a body shorter than it says"),
                ("wrong-digest", 403, "a digest that is not its content's"),
                ("html", 403, "a web page instead of a manifest"),
                ("endless-body", 403, "its body is longer than"),
                ("loop", 403, "more than 10 redirects"),
                ("realm-metadata", 403, "token server of registry"),
                ("realm-metadata-https", 403, "it sends us to a private or link-local address"),
                ("401-for-ever", 403, "says 401: no access without credentials"),
                ("500", 503, "says 500: it has an error"),
                ("429", 503, "says 429: too many requests")]
        for how, code, part in rows:
            with self.subTest(how=how):
                limit = "--registry-timeout=1500ms" if part == "timed out" else "--registry-timeout=60s"
                answer = self.review([f"127.0.0.1:{self.fake.port}/{how}/app:1"], limit)
                self.assert_denied(answer, code, part)

    def test_equal_images_in_one_object_cost_one_request(self):
        images = self.review([f"127.0.0.1:{self.fake.port}/ok/many:1"] * 20).images
        self.assertEqual((len(images), len(set(images))), (20, 1))
        self.assertEqual(self.fake.count("HEAD", "/ok/many/"), 1)

    def test_a_connection_that_nobody_takes_is_waited_for_as_long_as_said(self):
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            port = full.getsockname()[1]
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                self.addCleanup(one.close)
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            for limit, least in (("300ms", 0.3), ("2500ms", 2.5)):
                answer = self.review([f"127.0.0.1:{port}/shop/app:1"], f"--registry-connect-timeout={limit}",
                                     "--registry-timeout=5m")
                self.assert_denied(answer, 503)
                self.assertGreaterEqual(self.took, least)  # what else could end it takes longer than SECONDS_MAX

    def test_no_control_bytes_of_its_own_come_through(self):
        answer = self.review([f"127.0.0.1:{self.fake.port}/basic/app:1"])
        self.assert_denied(answer, 403)
        self.assertNotRegex(answer.message, "[\x00-\x1f]")

    def test_tokens_are_fetched_with_the_pull_secret(self):
        host = f"127.0.0.1:{self.fake.port}"
        auth = base64.b64encode(b"alice:secret").decode()
        self.add_secret("regcred", {"auths": {host: {"auth": auth}}})
        self.assertEqual(len(self.review([f"{host}/private/app:1"], secrets=["regcred"]).images), 1)
        self.assertEqual(self.fake.count("GET", "/token"), 1)
        self.assert_denied(self.review([f"{host}/private/app:1"]), 403, "says 401")

    def test_proxies_of_the_environment_are_used(self):
        with FakeRegistry() as proxy:
            environment = {"https_proxy": proxy.url, "no_proxy": ""}
            answer = self.review(["registry.invalid/app:1"], environment=environment)
            self.assertFalse(answer.allowed)
            self.assertEqual(proxy.count("CONNECT", "registry.invalid:443"), 1)

    def test_a_proxy_that_refuses_is_named(self):
        with FakeRegistry() as proxy:
            environment = {"HTTPS_PROXY": proxy.url, "NO_PROXY": "10.0.0.0/8, *.direct.invalid,plain.invalid:5000"}
            for status in (407, 403):
                answer = self.review([f"{status}.invalid/app:1"], environment=environment)
                self.assert_denied(answer, 503, f'"{status}.invalid" cannot be reached: the proxy answered {status}')
            self.assert_denied(self.review(["plain.invalid/app:1"], environment=environment), 503, "the proxy answered")
            for host in ("r.direct.invalid", "plain.invalid:5000"):
                answer = self.review([f"{host}/app:1"], environment=environment)
                self.assert_denied(answer, 503, "cannot be found in DNS")
                self.assertEqual(proxy.count("CONNECT", host), 0)
            environment["HTTPS_PROXY"] = "http://127.0.0.1:1"
            answer = self.review(["r.invalid/app:1"], environment=environment)
            self.assert_denied(answer, 503, "cannot be reached: the proxy cannot be reached: connection refused")


if __name__ == "__main__":
    unittest.main()
