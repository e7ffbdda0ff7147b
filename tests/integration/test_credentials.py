#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir credentials`, from outside: every look-up of the vectors, both kinds of files, and no password anywhere."""

import base64
import json
import os
import subprocess
import tempfile
import unittest

WEIR = os.environ.get("WEIR", "build/weir")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
PASSWORD = "hunter2-%s"


def weir(*arguments, stdin=b""):
    return subprocess.run([WEIR, "credentials", *arguments], input=stdin, capture_output=True, timeout=60)


def lookups():
    with open(os.path.join(DATA, "credentials.json"), encoding="utf-8") as file:
        return json.load(file)["lookup"]


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def secret(kind, name, content, **extra):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "team-a"},
            "type": "kubernetes.io/" + kind, "data": {"." + kind: encoded(content)}, **extra}


class Credentials(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def check_lookup(self, row, done):
        self.assertTrue(done.stderr == b"" or "error" in row, done.stderr)
        if "error" in row:
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            return
        [answer] = json.loads(done.stdout)
        self.assertEqual(list(answer), ["image", "found", "credentials"])
        self.assertEqual(answer["image"], row["image"])
        self.assertEqual(answer["found"], row["found"])
        self.assertEqual([c["username"] for c in answer["credentials"]], [c[0] for c in row["credentials"]])
        self.assertTrue(all(list(c) == ["key", "username"] for c in answer["credentials"]))
        self.assertEqual(done.returncode, 0)

    def test_agrees_with_every_look_up_of_the_vectors(self):
        for row in lookups():
            with self.subTest(row["note"], image=row["image"]):
                path = self.write("config.json", row["config"])
                self.check_lookup(row, weir("--json", "--docker-config", path, row["image"]))

    def test_agrees_with_the_vectors_through_secrets_too(self):
        for row in lookups():
            with self.subTest(row["note"], image=row["image"]):
                kind = "dockercfg" if row["legacy"] else "dockerconfigjson"
                path = self.write("secret.json", secret(kind, "regcred", json.dumps(row["config"])))
                self.check_lookup(row, weir("--json", "--secret", path, row["image"]))

    def test_names_the_key_as_it_is_written(self):
        path = self.write("c.json", {"auths": {"https://index.docker.io/v1/": {"username": "hub"}}})
        [answer] = json.loads(weir("--json", "--docker-config", path, "nginx:1.27").stdout)
        self.assertEqual(answer, {"image": "nginx:1.27", "found": True,
                                  "credentials": [{"key": "https://index.docker.io/v1/", "username": "hub"}]})

    def test_merges_files_in_the_order_in_which_a_kubelet_tries(self):
        one = self.write("c.json", {"auths": {"quay.io": {"username": "a"}, "quay.io/org": {"username": "b"}}})
        two = self.write("s.yaml", "---\n".join([
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: plain}\ntype: kubernetes.io/dockercfg\n"
            "stringData:\n  .dockercfg: |\n    {\"quay.io/org/app\": {\"username\": \"c\"}}\n",
            "apiVersion: v1\nkind: List\nitems:\n- " + json.dumps(
                secret("dockerconfigjson", "listed", '{"auths":{"quay.io":{"username":"d"}}}')) + "\n"]))
        done = weir("--json", "--docker-config", one, "--secret", two, "quay.io/org/app", "quay.io/x")
        users = [[c["username"] for c in answer["credentials"]] for answer in json.loads(done.stdout)]
        self.assertEqual(users, [["c", "b", "a", "d"], ["a", "d"]])

    def test_says_where_an_entry_is_from(self):
        path = self.write("s.json", secret("dockercfg", "regcred", '{"quay.io":{"username":"me"}}'))
        out = weir("--secret", path, "quay.io/x").stdout.decode()
        for part in ["quay.io/x", "me", "secret team-a/regcred"]:
            self.assertIn(part, out)
        self.assertIn("without credentials", weir("--secret", path, "ghcr.io/x").stdout.decode())

    def test_says_of_an_entry_that_holds_nothing_that_it_is_not_sent(self):
        config = {"auths": {"quay.io": {}, "ghcr.io": {"username": "me"}, "https://index.docker.io/v1/": {}}}
        path = self.write("c.json", {**config, "credsStore": "desktop"})
        self.assertIn("(no user and password: not sent)", weir("--docker-config", path, "quay.io/a").stdout.decode())
        self.assertNotIn("not sent", weir("--docker-config", path, "ghcr.io/a").stdout.decode())
        hub = weir("--docker-config", path, "nginx").stdout.decode()
        self.assertTrue("not sent" in hub and "Docker Hub alone" not in hub, hub)

    def test_tells_that_docker_hubs_entry_is_not_sent_to_localhost(self):
        path = self.write("c.json", {"auths": {"https://index.docker.io/v1/": {"username": "hub"}}})
        self.assertIn("Docker Hub alone", weir("--docker-config", path, "localhost/app").stdout.decode())
        self.assertNotIn("Docker Hub alone", weir("--docker-config", path, "nginx").stdout.decode())

    def test_reads_standard_input(self):
        done = weir("--json", "--docker-config", "-", "quay.io/a", stdin=b'{"quay.io":{"username":"me"}}')
        self.assertTrue(json.loads(done.stdout)[0]["found"])

    def test_takes_dockers_own_file_without_auths_for_an_empty_one(self):
        done = weir("--json", "--docker-config", "-", "quay.io/a", stdin=b'{"credsStore":"desktop"}')
        self.assertEqual((done.returncode, json.loads(done.stdout)[0]["found"]), (0, False))

    def test_never_shows_a_password(self):
        config = {"auths": {"quay.io": {"auth": encoded("user:" + PASSWORD % 1)},
                            "quay.io/a": {"username": "u", "password": PASSWORD % 2},
                            "https://user:hunter2-3@quay.io/a/b": {"username": "v"}}}
        path = self.write("c.json", config)
        for form in ([], ["--json"]):
            done = weir(*form, "--docker-config", path, "quay.io/a/b")
            self.assertEqual(done.returncode, 0)
            self.assertNotIn(b"hunter2", done.stdout + done.stderr)

    def test_refuses_bad_files_without_quoting_them(self):
        bad = {"not JSON": "hunter2", "cut": '{"auths":{"quay.io":{"auth":"hunter2',
               "bad base64": '{"auths":{"quay.io":{"auth":"hunter2!"}}}',
               "no colon": '{"auths":{"quay.io":{"auth":"aHVudGVyMg=="}}}',
               "wrong type": '{"auths":{"quay.io":{"password":["hunter2"]}}}',
               "a member twice": '{"auths":{"quay.io":{"auth":"aHVudGVyMg==","auth":"hunter2"}}}'}
        for name, text in bad.items():
            with self.subTest(name):
                as_secret = self.write("s.json", secret("dockerconfigjson", "regcred", text))
                for arguments in (["--docker-config", self.write("c.json", text)], ["--secret", as_secret]):
                    done = weir(*arguments, "quay.io/a")
                    self.assertEqual((done.returncode, done.stdout), (2, b""))
                    self.assertTrue(done.stderr.startswith(b"weir: "))
                    self.assertNotIn(b"hunter2", done.stderr)

    def test_refuses_what_is_no_pull_secret(self):
        opaque = secret("dockercfg", "other", "{}", type="Opaque")
        for text in (opaque, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}, ""):
            done = weir("--secret", self.write("s.json", text), "quay.io/a")
            self.assertEqual(done.returncode, 2)

    def test_bad_usage_is_exit_2_with_a_hint(self):
        path = self.write("c.json", {"auths": {}})
        for arguments in ([], ["nginx"], ["--docker-config", path], ["--docker-config", path, "Nginx"],
                          ["--docker-config", path + ".missing", "nginx"]):
            done = weir(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertTrue(done.stderr.startswith(b"weir: "))


if __name__ == "__main__":
    unittest.main()
