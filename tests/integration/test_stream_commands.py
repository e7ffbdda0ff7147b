#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""weir describe and weir history: from files, from API servers that say no, and from a real one."""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import kube_fixture  # noqa: E402

WEIR = os.path.abspath(os.environ.get("WEIR", "build/weir"))
MANIFESTS = HERE.parent.parent / "manifests" / "base"
NOW = "--now=2024-05-03T12:00:00Z"
WEIR_DEV = "/apis/weir.dev/v1alpha1"
OPENSHIFT = "/apis/image.openshift.io/v1"


def digest(letter):
    return "sha256:" + letter * 64


def event(letter, created):
    return {"image": digest(letter), "created": created, "generation": 1,
            "dockerImageReference": f"registry.example/mi-web@{digest(letter)}"}


def stream(name="mi-web", namespace="shop", api_version="weir.dev/v1alpha1"):
    return {"apiVersion": api_version, "kind": "ImageStream", "metadata": {"name": name, "namespace": namespace},
            "spec": {"lookupPolicy": {"local": True}, "tags": [
                {"name": "ultima", "from": {"kind": "DockerImage", "name": "registry.example/mi-web:ultima"},
                 "importPolicy": {"scheduled": True}},
                {"name": "stable", "from": {"kind": "ImageStreamTag", "name": "ultima"}}]},
            "status": {"tags": [{"tag": "ultima", "items": [event("b", "2024-05-02T12:00:00Z"),
                                                            event("a", "2024-05-01T12:00:00Z")]}]}}


def weir(*arguments, environment=None):
    return subprocess.run([WEIR, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, **(environment or {})})


class Case(unittest.TestCase):
    def said(self, code, *arguments, **options):
        done = weir(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        return done.stderr

    def printed(self, *arguments, **options):
        done = weir(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout


class Files(Case):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.write("cluster.json", {"apiVersion": "v1", "kind": "List", "items": [
            stream(), stream("other"), stream("far", "tools"), {"apiVersion": "v1", "kind": "Namespace",
                                                                "metadata": {"name": "shop"}}]})

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            json.dump(value, file)

    def flags(self, namespace="shop"):
        return ["--objects", self.folder, "-n", namespace, NOW]

    def test_describes_a_stream(self):
        self.assertEqual(self.printed("describe", "is/mi-web", *self.flags()).split("\n\n", 1)[1], f"""\
ultima (stable)
  follows image registry.example/mi-web:ultima, scheduled
  * 1d ago      registry.example/mi-web@{digest("b")}
    2d ago      registry.example/mi-web@{digest("a")}
""")
        self.assertEqual(self.printed("describe", "imagestream/mi-web", *self.flags(), "-oname"),
                         "imagestream.weir.dev/mi-web\n")
        told = json.loads(self.printed("describe", "is/mi-web", *self.flags(), "-ojson"))
        self.assertEqual((told["name"], told["group"], told["lookupLocal"], told["images"]), ("mi-web", "weir.dev", True, 2))
        self.assertEqual([tag["name"] for tag in told["tags"]], ["stable", "ultima"])
        self.assertEqual(told["tags"][1]["from"], {"kind": "DockerImage", "namespace": None,
                                                   "name": "registry.example/mi-web:ultima"})
        self.assertEqual(told["tags"][1]["events"],
                         json.loads(self.printed("history", "mi-web:ultima", *self.flags(), "-ojson")))

    def test_lists_a_history(self):
        lines = self.printed("history", "mi-web:ultima", *self.flags()).splitlines()
        self.assertEqual([line.split()[:4] for line in lines[1:2]], [["*", "2024-05-02T12:00:00Z", "1d", digest("b")[:19]]])
        self.assertEqual(self.printed("history", "mi-web:ultima", *self.flags(), "-oname"),
                         f"mi-web@{digest('b')}\nmi-web@{digest('a')}\n")
        self.assertEqual(json.loads(self.printed("history", "mi-web:ultima", *self.flags(), "-ojson"))[0], {
            "created": "2024-05-02T12:00:00Z", "ageSeconds": 86400, "image": digest("b"),
            "dockerImageReference": f"registry.example/mi-web@{digest('b')}", "generation": 1})

    def test_a_tag_without_a_record_is_said_to_have_none(self):
        done = weir("history", "mi-web:stable", *self.flags())
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(done.stderr, 'weir: nothing is recorded for tag "stable"\n')
        self.assertEqual(weir("history", "mi-web:stable", *self.flags(), "-ojson").stdout, "[]\n")

    def test_names_what_there_is(self):
        self.assertEqual(self.said(1, "describe", "is/mi-wbe", *self.flags()),
                         'weir: image stream "shop/mi-wbe" is not there, did you mean "mi-web"?\n'
                         'hint: streams of namespace "shop": mi-web, other\n')
        self.assertEqual(self.said(1, "describe", "is/mi-web", *self.flags("empty")),
                         'weir: image stream "empty/mi-web" is not there\n')
        self.assertEqual(self.said(1, "history", "mi-web:ultma", *self.flags()),
                         'weir: image stream "shop/mi-web" has no tag "ultma", did you mean "ultima"?\n'
                         "hint: its tags: stable, ultima\n")

    def test_bad_usage(self):
        for arguments, fact in ((["describe"], 'expected is/NAME, found ""'),
                                (["describe", "mi-web"], 'expected is/NAME, found "mi-web"'),
                                (["describe", "pod/mi-web"], 'expected is/NAME, found "pod/mi-web"'),
                                (["describe", "is/a", "is/b"], '"is/b" is one too many'),
                                (["history", "mi-web"], 'expected STREAM:TAG, found "mi-web"'),
                                (["history", ":x"], 'expected STREAM:TAG, found ":x"'),
                                (["history", "a:b", "c:d"], '"c:d" is one too many'),
                                (["describe", "is/a", "--context=c"], "from files"),
                                (["describe", "is/a", "-oyml"], "yml")):
            self.assertIn(fact, self.said(2, *arguments, *self.flags()))

    def test_ours_wins_over_openshifts(self):
        self.write("openshift.json", stream(api_version="image.openshift.io/v1"))
        self.assertEqual(self.printed("describe", "is/mi-web", *self.flags(), "-oname"), "imagestream.weir.dev/mi-web\n")

    def test_no_text_steers_the_terminal(self):
        hostile = stream("hostile")
        hostile["metadata"]["annotations"] = {"note": "a\x1b[2Jb\u009bc\nName: forged"}
        self.write("hostile.json", hostile)
        text = self.printed("describe", "is/hostile", *self.flags())
        self.assertIn("note=a?[2Jb\\xc2\\x9bc?Name: forged\n", text)

    def test_an_object_that_does_not_decode_is_an_error_with_its_path(self):
        wrong = stream("wrong")
        wrong["status"]["tags"][0]["nextCheck"] = 7
        self.write("wrong.json", wrong)
        self.assertIn("status.tags[0].nextCheck", self.said(2, "describe", "is/wrong", *self.flags()))
        self.printed("describe", "is/mi-web", *self.flags())


class Answers(http.server.BaseHTTPRequestHandler):
    """What stands in `answers` by path; else 404."""

    def do_GET(self):
        path = self.path.split("?")[0]
        code, body = self.server.answers.get(path, (404, {}))
        if code >= 400:
            body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": f"it is {code}"}
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class ApiServers(Case):
    """Those that have one group or the other, or say no."""

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.answers = {}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.config = os.path.join(self.enterContext(tempfile.TemporaryDirectory()), "config")
        with open(self.config, "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.server.server_port}"}}],
                       "users": [{"name": "u", "user": {}}],
                       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}]}, file)

    def answer(self, group, code, body=None, name="mi-web"):
        self.server.answers[f"{group}/namespaces/shop/imagestreams{'/' if name else ''}{name}"] = (code, body)

    def describe(self, run, *before, name="mi-web"):
        return run(*before, "describe", f"is/{name}", "--kubeconfig", self.config, "-oname")

    def test_the_first_group_that_has_it(self):
        self.answer(OPENSHIFT, 200, stream(api_version="image.openshift.io/v1"))
        for code in (404, 403):
            self.answer(WEIR_DEV, code)
            self.assertEqual(self.describe(self.printed), "imagestream.image.openshift.io/mi-web\n")
        self.answer(WEIR_DEV, 200, stream())
        self.assertEqual(self.describe(self.printed), "imagestream.weir.dev/mi-web\n")

    def test_the_current_context_is_the_default(self):
        self.answer(WEIR_DEV, 200, stream())
        self.assertIn(digest("b"), self.printed("history", "mi-web:ultima", environment={"KUBECONFIG": self.config}))

    def said_with(self, code):
        return lambda *arguments: self.said(code, *arguments)

    def test_is_not_there(self):
        items = [{"metadata": {"name": "mi-web", "uid": "u", "resourceVersion": "1"}}]
        self.answer(WEIR_DEV, 200, {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                                    "metadata": {"resourceVersion": "1"}, "items": items}, name="")
        self.assertIn('image stream "shop/mi-wbe" is not there, did you mean "mi-web"?',
                      self.describe(self.said_with(1), name="mi-wbe"))
        self.answer(WEIR_DEV, 403, name="")
        self.assertEqual(self.describe(self.said_with(1), name="mi-wbe"), 'weir: image stream "shop/mi-wbe" is not there\n')

    def test_is_not_for_us_to_read(self):
        self.answer(WEIR_DEV, 403)
        said = self.describe(self.said_with(1))  # one API server has one group: the other is always refused
        self.assertIn("weir: warning: not looked for where you may not read: ", said)
        self.assertIn('image stream "shop/mi-web" is not there', said)
        self.answer(OPENSHIFT, 403)
        said = self.describe(self.said_with(2))
        self.assertIn("it is 403", said)
        self.assertIn('hint: the ClusterRole "view"', said)

    def test_cannot_be_had_now(self):
        self.answer(WEIR_DEV, 503)
        self.assertIn("it is 503", self.describe(self.said_with(3)))

    def test_is_something_else(self):
        self.answer(WEIR_DEV, 200, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "mi-web"}})
        self.assertIn('answers with a "Namespace"', self.describe(self.said_with(2)))

    def test_a_name_leads_to_no_other_path(self):
        self.assertIn("..", self.describe(self.said_with(2), name="../../secrets/x"))


@unittest.skipIf(kube_fixture.skip_reason(), kube_fixture.skip_reason())
class RealApiServer(Case):
    @classmethod
    def setUpClass(cls):
        cls.api = cls.enterClassContext(kube_fixture.ApiServer())
        for path in sorted(MANIFESTS.glob("crd-*.yaml")):
            cls.api.kubectl("apply", "-f", path)
        cls.api.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        for name in ("shop", "closed"):
            cls.api.post("/api/v1/namespaces", {"metadata": {"name": name}})
        made = stream()
        at = f"{WEIR_DEV}/namespaces/shop/imagestreams"
        cls.api.post(at, {key: made[key] for key in ("apiVersion", "kind", "metadata", "spec")})
        cls.api.patch(f"{at}/mi-web/status", {"status": made["status"]})
        cls.api.post("/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "ana"}})
        cls.api.kubectl("apply", "-f", MANIFESTS / "cluster-role-users.yaml")
        cls.api.kubectl("create", "rolebinding", "ana", "-n", "shop", "--clusterrole=weir-view", "--serviceaccount=shop:ana")

    def test_a_person_with_rights_in_one_namespace(self):
        flags = ["--kubeconfig", self.api.kubeconfig(self.api.token("shop", "ana"))]
        text = self.printed("describe", "is/mi-web", "-n", "shop", *flags)
        self.assertIn("ultima (stable)\n", text)
        self.assertIn(f"registry.example/mi-web@{digest('b')}\n", text)
        self.assertEqual(len(json.loads(self.printed("history", "mi-web:ultima", "-nshop", "-ojson", *flags))), 2)
        self.assertIn('did you mean "mi-web"?', self.said(1, "describe", "is/mi-wbe", "-n", "shop", *flags))
        said = self.said(2, "describe", "is/mi-web", "-n", "closed", *flags)
        self.assertIn('in the namespace "closed"', said)
        self.assertIn('ClusterRole "view"', said)

    def test_as_a_plugin_of_kubectl(self):
        os.symlink(WEIR, self.api.folder / "kubectl-weir")
        done = subprocess.run([kube_fixture.find("kubectl"), "weir", "history", "mi-web:ultima", "-n", "shop", "-oname"],
                              capture_output=True, text=True, timeout=60, check=True,
                              env={**os.environ, "KUBECONFIG": str(self.api.kubeconfig()),
                                   "PATH": f"{self.api.folder}:{os.environ['PATH']}"})
        self.assertEqual(done.stdout, f"mi-web@{digest('b')}\nmi-web@{digest('a')}\n")


if __name__ == "__main__":
    unittest.main()
