#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir review` from outside: exit codes, explanations, answers from files and from a registry."""

import base64
import copy
import http.server
import json
import os
import subprocess
import tempfile
import threading
import unittest

WEIR = os.path.abspath(os.environ.get("WEIR", "build/weir"))
NOW = "2024-05-01T12:00:00Z"
DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32
AUTHORIZATION = "Basic " + base64.b64encode(b"mia:secret-word").decode()


def stream(source="registry.example/shop/mi-web:ultima"):
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": "mi-web", "namespace": "shop"},
            "spec": {"lookupPolicy": {"local": True},
                     "tags": [{"name": "ultima", "from": {"kind": "DockerImage", "name": source}}]},
            "status": {"tags": [{"tag": "ultima", "items": [
                {"created": "2024-05-01T09:00:00Z", "image": DIGEST,
                 "dockerImageReference": f"registry.example/shop/mi-web@{DIGEST}"}]}]}}


def policy(**spec):
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": "own", "namespace": "shop"},
            "spec": spec}


def review(*images, **spec):
    containers = [{"name": f"c{i}", "image": image, "imagePullPolicy": "Always"} for i, image in enumerate(images)]
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "u-1", "kind": {"group": "", "version": "v1", "kind": "Pod"}, "namespace": "shop", "operation": "CREATE",
        "userInfo": {"username": "mia"},
        "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
                   "spec": {"containers": containers, **spec}}}}


class Registry(http.server.BaseHTTPRequestHandler):
    """Has one image, for those who know the password."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        allowed = self.headers.get("Authorization") == AUTHORIZATION
        self.send_response(200 if allowed else 401)
        if allowed:
            self.send_header("Docker-Content-Digest", OTHER)
            self.send_header("Content-Type", "application/vnd.oci.image.index.v1+json")
        else:
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.send_header("Content-Length", "512" if allowed else "0")
        self.end_headers()

    do_GET = do_HEAD  # asked again where HEAD is refused: then without a body, too

    def log_message(self, *arguments):
        pass


class Cluster(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def write(self, name, content):
        path = os.path.join(self.directory.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def objects(self, *objects):
        return self.write("objects.yaml", "".join(f"---\n{json.dumps(item)}\n" for item in objects))

    def run_review(self, body, *flags, objects=None):
        command = [WEIR, "review", "--objects", objects or self.objects(stream()), "--now", NOW, *flags]
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return subprocess.run(command, input=text, capture_output=True, timeout=60)

    def answer(self, body, *flags, objects=None):
        done = self.run_review(body, *flags, objects=objects)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count(b"\n"), 1)
        self.assertTrue(done.stdout.endswith(b"\n"))
        return json.loads(done.stdout)["response"]

    def image(self, response):
        patch = json.loads(base64.b64decode(response["patch"]))
        return next(item["value"] for item in patch if item["path"] == "/spec/containers/0/image")


class Review(Cluster):
    def test_answers_from_the_record(self):
        response = self.answer(review("mi-web:ultima"))
        self.assertEqual((response["uid"], response["allowed"]), ("u-1", True))
        self.assertEqual(self.image(response), f"registry.example/shop/mi-web@{DIGEST}")

    def test_a_full_annotation_is_read_again_and_changes_nothing(self):
        body = review(*["mi-web:ultima"] * 200)
        first = self.answer(body)
        words = copy.deepcopy(body["request"]["object"])
        stored = body["request"]["object"]
        for step in json.loads(base64.b64decode(first["patch"])):
            if step["path"].startswith("/spec/containers/"):
                index, member = step["path"].split("/")[3:]
                stored["spec"]["containers"][int(index)][member] = step["value"]
            else:
                stored["metadata"]["annotations"] = step["value"]
        self.assertLessEqual(len(stored["metadata"]["annotations"]["weir.dev/images"]), 16384)
        self.assertRegex(first["warnings"][0], r"weir\.dev/images is full: the words of \d+ images are not kept")
        again = self.answer(body)
        self.assertNotIn("patch", again)
        self.assertNotIn("warnings", again)
        body["request"].update(operation="UPDATE", object=words, oldObject=stored)
        moved = stream()
        moved["status"]["tags"][0]["items"].insert(0, {
            "created": "2024-05-01T10:00:00Z", "image": OTHER,
            "dockerImageReference": f"registry.example/shop/mi-web@{OTHER}"})
        again = self.answer(body, objects=self.objects(moved))
        images = [step["value"] for step in json.loads(base64.b64decode(again["patch"]))
                  if step["path"].endswith("/image")]
        self.assertEqual(images, [f"registry.example/shop/mi-web@{DIGEST}"] * 200)

    def test_reads_a_file_and_a_directory(self):
        objects = self.objects(stream())
        body = self.write("review.json", review("mi-web:ultima"))
        os.mkdir(os.path.join(self.directory.name, "cluster"))
        os.rename(objects, os.path.join(self.directory.name, "cluster", "objects.yaml"))
        done = subprocess.run([WEIR, "review", "--objects", os.path.join(self.directory.name, "cluster"), body],
                              capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn("patch", json.loads(done.stdout)["response"])

    def test_an_empty_directory_is_a_cluster(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertNotIn("patch", self.answer(review("nginx:1.27"), objects=empty))

    def test_a_denial_is_an_answer(self):
        objects = self.objects(policy(tags={"resolution": "Required"}))
        response = self.answer(review("nginx:1.27"), objects=objects)
        self.assertEqual((response["allowed"], response["status"]["code"]), (False, 503))

    def test_resolutions_answer_for_sources_and_plain_tags(self):
        objects = self.objects(stream(), policy(freshness="Always", tags={"resolution": "Required"}))
        known = self.write("resolutions.json", {"registry.example/shop/mi-web:ultima": OTHER, "nginx": OTHER,
                                                "gone:1": None})
        self.assertEqual(self.image(self.answer(review("mi-web:ultima"), "--resolutions", known, objects=objects)),
                         f"registry.example/shop/mi-web@{OTHER}")
        self.assertEqual(self.image(self.answer(review("docker.io/nginx:latest"), "--resolutions", known,
                                                objects=objects)), f"docker.io/library/nginx@{OTHER}")
        response = self.answer(review("gone:1"), "--resolutions", known, objects=objects)
        self.assertEqual(response["status"]["code"], 403)

    def test_bad_reviews_are_bad_input(self):
        for body in (b"", b"{}", b"[]", b"nonsense", b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
                     json.dumps(review("a")).encode() + b"x", b"\xff", b" " * (33 << 20)):
            done = self.run_review(body)
            self.assertEqual((done.returncode, done.stdout), (2, b""), body[:40])
            self.assertTrue(done.stderr.startswith(b"weir: "), done.stderr)

    def test_bad_flags_and_files_are_bad_input(self):
        objects = self.objects(stream())
        good = self.write("review.json", review("a"))
        broken = self.write("broken.yaml", "a: [\n")
        rows = self.write("rows.yaml", "workloads:\n- {group: a, kind: B, pointer: [/a]}\n")
        known = self.write("known.json", {"A b": None})
        cases = [
            ([good], b"--objects"),
            (["--objects", objects, good, good], b"one too many"),
            (["--objects", objects, "/does/not/exist"], b'cannot open "/does/not/exist"'),
            (["--objects", "/does/not/exist", good], b"/does/not/exist"),
            (["--objects", broken, good], b"broken.yaml"),
            (["--objects", objects, "--workload-paths", rows, good], b'rows.yaml: workloads[0]: line 2, column 32'),
            (["--objects", objects, "--resolutions", known, good], b'known.json: line 1: "A b": invalid reference'),
            (["--objects", objects, "--registry-host", "https://a", good], b"--registry-host"),
            (["--objects", objects, "--now", "yesterday", good], b"--now"),
            (["--objects", objects, self.directory.name], b"read"),
        ]
        for flags, message in cases:
            done = subprocess.run([WEIR, "review", *flags], capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, b""), flags)
            self.assertIn(message, done.stderr)

    def test_more_kinds_come_from_rows(self):
        rows = self.write("rows.json", {"workloads": [{"group": "", "kind": "Thing", "pointers": ["/spec/containers"]}]})
        body = review("mi-web:ultima")
        body["request"]["kind"]["kind"] = "Thing"
        self.assertNotIn("patch", self.answer(body))
        self.assertEqual(self.image(self.answer(body, "--workload-paths", rows)),
                         f"registry.example/shop/mi-web@{DIGEST}")

    def test_a_registry_host_of_ours_is_a_stream_reference(self):
        response = self.answer(review("images.example/shop/mi-web:ultima"), "--registry-host", "images.example")
        self.assertEqual(self.image(response), f"registry.example/shop/mi-web@{DIGEST}")

    def test_explains_for_people(self):
        done = self.run_review(review("mi-web:ultima", "nginx"), "--explain")
        text = done.stderr.decode()
        self.assertEqual(done.returncode, 0)
        for line in ("containers[c0]", "  written      mi-web:ultima", f"  stored       registry.example/shop/mi-web@{DIGEST}",
                     "  from         the stream's history, 3h old", "  stream       shop/mi-web", "containers[c1]"):
            self.assertIn(line + "\n", text)
        self.assertNotIn("\033", text)

    def test_explains_for_programs_and_says_nothing_else(self):
        objects = self.objects(stream(), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}},
                               policy(pullPolicy=[{"name": "no-always", "allow": ["IfNotPresent"], "action": "Set"}]))
        done = self.run_review(review("mi-web:ultima", "nginx"), "--explain", "-o", "json", objects=objects)
        rows = json.loads(done.stderr)
        self.assertEqual(rows[0], {
            "position": "containers[c0]", "written": "mi-web:ultima", "stored": f"registry.example/shop/mi-web@{DIGEST}",
            "stream": "shop/mi-web", "tag": "ultima", "digest": DIGEST, "origin": "recorded", "ageSeconds": 10800,
            "credential": None, "pullPolicyBefore": "Always", "pullPolicyAfter": "IfNotPresent", "policy": "own",
            "rule": "no-always", "note": rows[0]["note"]})
        self.assertEqual((rows[1]["stored"], rows[1]["origin"], rows[1]["digest"]), ("nginx", None, None))

    def test_explains_why_an_object_is_left_alone(self):
        body = review("nginx")
        body["request"]["operation"] = "DELETE"
        self.assertIn(b"left alone: ", self.run_review(body, "--explain").stderr)

    def test_warns_of_objects_it_does_not_know(self):
        objects = self.objects(stream(), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
        done = self.run_review(review("nginx"), objects=objects)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"weir: warning: ", done.stderr)
        self.assertIn(b"ConfigMap", done.stderr)


class Online(Cluster):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        self.server.seen = []
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def cluster(self):
        config = json.dumps({"auths": {self.host: {"auth": AUTHORIZATION.split()[1]}}})
        return self.objects(
            policy(tags={"resolution": "Required"}),
            {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
             "metadata": {"name": "regcred", "namespace": "shop"},
             "data": {".dockerconfigjson": base64.b64encode(config.encode()).decode()}})

    def test_asks_with_the_pull_secrets_of_the_object(self):
        body = review(f"{self.host}/team/app:1", imagePullSecrets=[{"name": "regcred"}])
        done = self.run_review(body, "--online", "--explain", "-o", "json", objects=self.cluster())
        self.assertEqual(self.image(json.loads(done.stdout)["response"]), f"{self.host}/team/app@{OTHER}")
        row = json.loads(done.stderr)[0]
        self.assertEqual(row["origin"], "registry")
        self.assertIn("regcred", row["credential"])
        self.assertNotIn(b"secret-word", done.stdout + done.stderr)

    def test_without_a_secret_it_is_refused(self):
        response = self.answer(review(f"{self.host}/team/app:1"), "--online", objects=self.cluster())
        self.assertEqual(response["status"]["code"], 403)

    def test_equal_images_are_asked_for_once(self):
        body = review(*[f"{self.host}/team/app:1"] * 5, imagePullSecrets=[{"name": "regcred"}])
        self.answer(body, "--online", objects=self.cluster())
        authorized = [path for path, authorization in self.server.seen if authorization == AUTHORIZATION]
        self.assertEqual(authorized, ["/v2/team/app/manifests/1"])

    def test_what_the_file_knows_is_not_asked(self):
        known = self.write("known.json", {f"{self.host}/team/app:1": DIGEST})
        response = self.answer(review(f"{self.host}/team/app:1"), "--online", "--resolutions", known,
                               objects=self.cluster())
        self.assertEqual((self.image(response), self.server.seen), (f"{self.host}/team/app@{DIGEST}", []))

    def test_offline_asks_nobody(self):
        response = self.answer(review(f"{self.host}/team/app:1"), objects=self.cluster())
        self.assertEqual((response["status"]["code"], self.server.seen), (503, []))

    def test_a_registry_that_is_not_there_may_be_there_later(self):
        self.server.shutdown()
        self.server.server_close()
        response = self.answer(review(f"{self.host}/team/app:1"), "--online", objects=self.cluster())
        self.assertEqual(response["status"]["code"], 503)


if __name__ == "__main__":
    unittest.main()
