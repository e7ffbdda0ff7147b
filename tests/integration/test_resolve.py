#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir resolve` from outside: what is pinned, what stays byte for byte, exit codes, diffs, files written in place."""

import http.server
import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import many_objects  # noqa: E402

WEIR = os.path.abspath(os.environ.get("WEIR", "build/weir"))
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ROWS = os.path.join(ROOT, "manifests", "examples", "workload-paths.yaml")
NOW = "2024-05-01T12:00:00Z"
DIGEST = "sha256:" + "ab" * 32
NGINX = f"docker.io/library/nginx@{DIGEST}"
ODOO = f"docker.io/library/odoo@{DIGEST}"
STREAM = {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": "mi-web", "namespace": "shop"},
          "spec": {"lookupPolicy": {"local": True}},
          "status": {"tags": [{"tag": "ultima", "items": [
              {"created": "2024-05-01T09:00:00Z", "image": DIGEST,
               "dockerImageReference": f"registry.example/shop/mi-web@{DIGEST}"}]}]}}
PINNED = f"registry.example/shop/mi-web@{DIGEST}"

EVERY_KIND = """\
# every kind there is, in every way to write it
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: i, image: "nginx:1.27"}   # flow
  containers:
  - name: c
    image: 'nginx:1.27'
    env: [{name: IMAGE, value: nginx:1.27}]
  volumes:
  - name: v
    image: {reference: nginx:1.27}
---
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: d}
  spec: &spec
    template:
      spec:
        containers:
        - image: >-
            odoo:13
          name: o
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: j}
  spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: x, image: odoo:13}]}}}}}
- kind: List
  apiVersion: v1
  items:
  - {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s}, spec: *spec}
--- # nothing here
---
apiVersion: v1
kind: ConfigMap
data: {image: nginx:1.27}
...
---
{"apiVersion": "v1", "kind": "PodTemplate", "template": {"spec": {"containers": [{"name": "t", "image": "nginx:1.27"}]}}}
"""
EVERY_KIND_PINNED = (EVERY_KIND
                     .replace('image: "nginx:1.27"', f'image: "{NGINX}"')
                     .replace("image: 'nginx:1.27'", f"image: '{NGINX}'")
                     .replace("reference: nginx:1.27", f"reference: {NGINX}")
                     .replace('"image": "nginx:1.27"', f'"image": "{NGINX}"')
                     .replace("odoo:13", ODOO))


def pod(image, name="web"):
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - image: {image}\n"


class Directory(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.write("known.json", json.dumps({"nginx:1.27": DIGEST, "odoo:13": DIGEST, "gone:1": None}))

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(content)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return file.read()

    def resolve(self, *flags, text=""):
        command = [WEIR, "resolve", "--offline", "--resolutions", "known.json", "--now", NOW, *flags]
        done = subprocess.run(command, input=text.encode(), capture_output=True, cwd=self.directory.name, timeout=60)
        return done.returncode, done.stdout.decode(), done.stderr.decode()


class Growth(Directory):
    """Twice the objects take twice the memory, in each form that a file may have."""

    COUNTS = (1000, 2000, 4000)

    def peak_bytes(self, text):
        self.write("many", text)
        command = [WEIR, "resolve", "--offline", "--resolutions", "known.json", "many"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              cwd=self.directory.name) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertIn(process.returncode, (0, 1))
        return usage.ru_maxrss * 1024

    def test_memory_grows_with_the_number_and_no_faster(self):
        self.write("known.json", many_objects.resolutions(self.COUNTS[-1]))
        for forms in zip(*(many_objects.manifests(count) for count in self.COUNTS)):
            with self.subTest(form=forms[0][0]):
                few, middle, many = (self.peak_bytes(text) for _, text in forms)
                at_first = (middle - few) / (self.COUNTS[1] - self.COUNTS[0])
                later = (many - middle) / (self.COUNTS[2] - self.COUNTS[1])
                self.assertLess(later, 1.5 * max(at_first, 4096))


class Pinning(Directory):
    def test_pins_every_kind_and_keeps_every_other_byte(self):
        self.assertEqual(self.resolve(text=EVERY_KIND), (0, EVERY_KIND_PINNED, ""))

    def test_line_ends_stay(self):
        text, pinned = EVERY_KIND.replace("\n", "\r\n"), EVERY_KIND_PINNED.replace("\n", "\r\n")
        self.assertEqual(self.resolve(text=text), (0, pinned, ""))

    def test_what_is_passed_over_is_said(self):
        spec = "spec:\n  template:\n    spec:\n      containers:\n      - {name: web, image: 'nginx:1.27'}\n"
        rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\n" + spec
        glued = "---apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n" + spec
        task = "apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n  - {name: a, image: $(params.image)}\n"
        for text, flags, said in (
                (rollout, [], 'Rollout "default/web": its kind is not known'),
                (glued, [], 'Deployment "default/web": its kind is not known'),
                (task, ["--workload-paths", ROWS], "1 image with a variable left as it is")):
            code, out, err = self.resolve("--check", *flags, text=text)
            self.assertEqual((code, out), (0, ""))
            self.assertIn(said, err)
            self.assertEqual(self.resolve("--check", "--strict", *flags, text=text)[:2], (1, ""))
            self.assertEqual(self.resolve(*flags, text=text)[:2], (0, text))

    def test_nothing_is_said_of_what_is_never_written(self):
        head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        text = head + "".join(f"  - {{name: c{i}, image: 'nginx:1.27'}}\n" for i in range(200))
        self.assertEqual(self.resolve(text=text), (0, text.replace("nginx:1.27", NGINX), ""))

    def test_its_own_output_stays_as_it_is(self):
        self.assertEqual(self.resolve("--check", text=EVERY_KIND_PINNED), (0, "", ""))

    def test_what_holds_no_workload_is_printed_as_it_is(self):
        for text in ("", "\n", "# nothing\n", "a: 1", "---\n---\n", "- 1\n- 2\n", "just text\n"):
            self.assertEqual(self.resolve(text=text), (0, text, ""))

    def test_streams_and_policies_decide_where_there_are_objects(self):
        self.write("objects.json", json.dumps(STREAM))
        text = pod("mi-web:ultima") + "  - image: nginx:1.27\n"
        self.assertEqual(self.resolve("--objects", "objects.json", "-n", "shop", text=text),
                         (0, text.replace("mi-web:ultima", PINNED), ""))
        elsewhere = self.resolve("--objects", "objects.json", text=text)
        self.assertEqual(elsewhere, (0, text, ""))

    def test_an_objects_own_namespace_comes_first(self):
        self.write("objects.json", json.dumps(STREAM))
        text = pod("mi-web:ultima").replace("{name: web}", "{name: web, namespace: shop}")
        self.assertIn(PINNED, self.resolve("--objects", "objects.json", "-n", "other", text=text)[1])

    def test_more_kinds_come_from_rows(self):
        text = "apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  steps:\n  - {name: s, image: nginx:1.27}\n"
        self.assertEqual(self.resolve(text=text)[1], text)
        self.assertEqual(self.resolve("--workload-paths", ROWS, text=text), (0, text.replace("nginx:1.27", NGINX), ""))

    def test_an_anchor_is_rewritten_once(self):
        text = pod("&image nginx:1.27") + "  - image: *image\n"
        self.assertEqual(self.resolve(text=text), (0, text.replace("nginx:1.27", NGINX), ""))

    def test_an_anchor_whose_uses_differ_is_an_error(self):
        text = pod("&image nginx:1.27") + "    name: *image\n"
        code, out, err = self.resolve(text=text)
        self.assertEqual((code, out), (2, ""))
        self.assertIn("standard input:7:11: uses an anchored image", err)


class Denials(Directory):
    def test_what_the_registry_does_not_have_is_no(self):
        code, out, err = self.resolve(text=pod("gone:1"))
        self.assertEqual((code, out), (1, ""))
        self.assertIn('weir: standard input:1:1: Pod "default/web": ', err)
        self.assertIn("gone:1", err)

    def test_what_cannot_be_asked_is_not_now(self):
        code, out, err = self.resolve(text=pod("nginx:1.27") + "---\n" + pod("redis:7"))
        self.assertEqual((code, out), (3, ""))
        self.assertIn("redis:7", err)

    def test_one_no_outweighs_not_now_and_each_is_named(self):
        code, out, err = self.resolve(text=pod("gone:1", "a") + "---\n" + pod("redis:7", "b"))
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(len(err.splitlines()), 2)

    def test_nothing_is_written_if_one_file_fails(self):
        self.write("a.yaml", pod("nginx:1.27"))
        self.write("b.yaml", pod("gone:1"))
        self.assertEqual(self.resolve("--in-place", "a.yaml", "b.yaml")[0], 1)
        self.assertEqual(self.read("a.yaml"), pod("nginx:1.27"))

    def test_bad_yaml_is_named_by_file_line_and_column(self):
        self.write("bad.yaml", "a: 1\nb: {c: [1\n")
        code, out, err = self.resolve("-f", "bad.yaml")
        self.assertEqual((code, out), (2, ""))
        self.assertRegex(err, r"^weir: bad\.yaml:\d+:\d+: ")
        self.assertRegex(self.resolve(text="a: 1\na: 2\n")[2], r"^weir: standard input:2:\d+: duplicate key")
        self.assertEqual(self.resolve("-f", "none.yaml")[0], 2)

    def test_json_objects_may_follow_each_other_as_with_kubectl(self):
        one = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},"spec":{"containers":[{"image":"nginx:1.27"}]}}'
        text = one % "a" + "\n" + one % "b" + one % "\\ud83d\\ude00" + "\n"
        self.assertEqual(self.resolve(text=text), (0, text.replace("nginx:1.27", NGINX), ""))
        code, out, err = self.resolve(text=text + '{"kind":\n1e999}')
        self.assertEqual((code, out, err), (2, "", "weir: standard input:4: a number too large\n"))

    def test_block_scalars_hold_what_they_hold(self):
        for style, more in ((">-", ""), ("|-", "\n\n"), (">-  # folded", "\n"), ("|2-", "")):
            text = pod(f"{style}\n      nginx:1.27{more}")
            self.assertEqual(self.resolve(text=text), (0, text.replace("nginx:1.27", NGINX), ""), text)
        for style in ("|", ">", "|+"):
            code, out, err = self.resolve(text=pod(f"{style}\n      nginx:1.27"))
            self.assertEqual((code, out), (1, ""))
            self.assertIn('weir: standard input:6:12: the image ends with a line break; begin it with "|-" or ">-"', err)
        code, out, err = self.resolve(text=pod(">-\n      nginx\n      :1.27"))
        self.assertEqual((code, out), (1, ""))
        self.assertIn('image "nginx :1.27": invalid reference format', err)

    def test_what_is_no_number_to_kubectl_is_text(self):
        text = pod("nginx:1.27").replace("{name: web}", "{name: web, labels: {commit: 12345e678}}")
        self.assertEqual(self.resolve(text=text), (0, text.replace("nginx:1.27", NGINX), ""))

    def test_a_bomb_of_aliases_is_refused(self):
        lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 20)}]" for i in range(1, 12)]
        code, out, err = self.resolve(text="\n".join(lines))
        self.assertEqual((code, out), (2, ""))
        self.assertIn("too many values", err)

    def test_warnings_are_said(self):
        self.write("objects.json", "".join(f"---\n{json.dumps(item)}\n" for item in (
            STREAM, {"apiVersion": "weir.dev/v1alpha1", "kind": "StreamPolicy", "metadata": {"name": "p", "namespace": "shop"},
                     "spec": {"enforcement": "Warn", "streams": {"resolution": "Required"}}})))
        os.rename(self.path("objects.json"), self.path("objects.yaml"))
        text = pod("mi-web:nueva")
        code, out, err = self.resolve("--objects", "objects.yaml", "-n", "shop", text=text)
        self.assertEqual((code, out), (0, text))
        self.assertIn('weir: warning: standard input:1:1: Pod "shop/web": ', err)


class Output(Directory):
    def test_check_names_what_would_change(self):
        self.write("a.yaml", pod("nginx:1.27"))
        self.assertEqual(self.resolve("--check", "-f", "a.yaml"), (1, "", f"a.yaml:6:12: nginx:1.27 -> {NGINX}\n"))
        self.assertEqual(self.read("a.yaml"), pod("nginx:1.27"))

    def test_files_are_joined_as_documents(self):
        self.write("a.yaml", pod("nginx:1.27").rstrip("\n"))
        self.write("b.yaml", "---\n" + pod("odoo:13"))
        code, out, err = self.resolve("-f", "a.yaml", "-f", "b.yaml", "-", text=pod("nginx:1.27"))
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, pod(NGINX) + "---\n" + pod(ODOO) + "---\n" + pod(NGINX))

    def test_what_was_joined_is_read_again(self):
        mark = "\ufeff"
        one = '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"},"spec":{"containers":[{"image":"nginx:1.27"}]}}\n'
        texts = [pod("nginx:1.27"), mark + pod("odoo:13"), one % "a" + one % "b", mark + one % "c" + mark + one % "d",
                 "%YAML 1.1\n---\n" + pod("odoo:13"), mark + "# c\n%YAML 1.1\n---\n" + pod("odoo:13"),
                 mark + "---\r\n" + pod("odoo:13").replace("\n", "\r\n"), "---\n" + pod("odoo:13") + "...\n"]
        for i, text in enumerate(texts):
            self.write(f"{i}.yaml", text)
        pinned = [text.replace("nginx:1.27", NGINX).replace("odoo:13", ODOO) for text in texts]
        for first in range(len(texts)):
            # each behind each
            order = [number for second in range(len(texts)) for number in (first, second)]
            with self.subTest(first=texts[first]):
                code, out, err = self.resolve(*(f"{number}.yaml" for number in order))
                self.assertEqual((code, err), (0, ""))
                self.assertEqual(out.count(DIGEST), sum(pinned[number].count(DIGEST) for number in order))
                self.assertEqual(self.resolve("--check", text=out), (0, "", ""))
                joined = out.replace(NGINX, "nginx:1.27").replace(ODOO, "odoo:13")
                self.assertEqual(self.resolve(text=joined), (0, out, ""))

    def test_in_place_writes_what_changed_and_keeps_the_mode(self):
        self.write("a.yaml", pod("nginx:1.27"))
        self.write("b.yaml", "a: 1\n")
        os.chmod(self.path("a.yaml"), 0o640)
        before = os.stat(self.path("b.yaml"))
        self.assertEqual(self.resolve("-i", "a.yaml", "b.yaml"), (0, "", ""))
        self.assertEqual(self.read("a.yaml"), pod(NGINX))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("a.yaml")).st_mode), 0o640)
        self.assertEqual(os.stat(self.path("b.yaml")).st_ino, before.st_ino)
        self.assertEqual(sorted(os.listdir(self.directory.name)), ["a.yaml", "b.yaml", "known.json"])

    def test_in_place_keeps_owner_group_and_notes(self):
        self.write("a.yaml", pod("nginx:1.27"))
        if os.geteuid() == 0:
            os.chown(self.path("a.yaml"), 1234, 2345)
        os.chmod(self.path("a.yaml"), 0o4750)
        try:
            os.setxattr(self.path("a.yaml"), "user.note", b"mine")
        except OSError:
            self.skipTest("skipped: no extended attributes on this file system")
        before = os.stat(self.path("a.yaml"))
        self.assertEqual(self.resolve("-i", "a.yaml"), (0, "", ""))
        after = os.stat(self.path("a.yaml"))
        self.assertEqual((after.st_uid, after.st_gid, after.st_mode), (before.st_uid, before.st_gid, before.st_mode))
        self.assertEqual(os.getxattr(self.path("a.yaml"), "user.note"), b"mine")

    def test_in_place_keeps_the_acl_and_takes_none_from_the_folder(self):
        def entry(tag, rights, subject=0xFFFFFFFF):
            return struct.pack("<HHI", tag, rights, subject)

        acl = struct.pack("<I", 2) + entry(1, 6) + entry(2, 4, 1234) + entry(4, 4) + entry(16, 4) + entry(32, 0)
        for name in ("own.yaml", "none.yaml"):
            self.write(name, pod("nginx:1.27"))
            os.chmod(self.path(name), 0o640)
        try:
            os.setxattr(self.path("own.yaml"), "system.posix_acl_access", acl)
            os.setxattr(self.directory.name, "system.posix_acl_default", acl)
        except OSError:
            self.skipTest("skipped: no access control lists on this file system")
        self.assertEqual(self.resolve("-i", "own.yaml", "none.yaml"), (0, "", ""))
        self.assertEqual(self.read("own.yaml"), pod(NGINX))
        self.assertEqual(os.getxattr(self.path("own.yaml"), "system.posix_acl_access"), acl)
        self.assertNotIn("system.posix_acl_access", os.listxattr(self.path("none.yaml")))
        self.assertEqual(stat.S_IMODE(os.stat(self.path("none.yaml")).st_mode), 0o640)

    def test_in_place_follows_a_symbolic_link(self):
        self.write("a.yaml", pod("nginx:1.27"))
        os.symlink("a.yaml", self.path("link.yaml"))
        self.assertEqual(self.resolve("-i", "link.yaml")[0], 0)
        self.assertEqual(self.read("a.yaml"), pod(NGINX))
        self.assertTrue(os.path.islink(self.path("link.yaml")))

    def test_a_diff_is_what_patch_needs(self):
        self.write("a.yaml", EVERY_KIND)
        code, out, err = self.resolve("--diff", "a.yaml")
        self.assertEqual((code, err), (0, ""))
        self.assertTrue(out.startswith("--- a/a.yaml\n+++ b/a.yaml\n@@ "))
        self.assertEqual(self.read("a.yaml"), EVERY_KIND)
        if shutil.which("patch"):
            subprocess.run(["patch", "-s", "-p1"], input=out.encode(), cwd=self.directory.name, check=True, timeout=60)
            self.assertEqual(self.read("a.yaml"), EVERY_KIND_PINNED)

    def test_a_diff_applies_whatever_the_path(self):
        for name in ("web pod.yaml", "a b/c d.yaml", "tab\there.yaml", 'quo"te\'s.yaml', "line\nbreak.yaml", "back\\slash.yaml",
                     "\u00fcml\u00e4ut \u732b.yaml", "\x01\x7f.yaml", " leading.yaml", "trailing ", "-dash.yaml", "a/b/c.yaml"):
            for prefix in ("", "./", ".//", "w/../", self.directory.name + "/"):
                with self.subTest(name=name, prefix=prefix):
                    self.apply_diff(name, prefix)

    def apply_diff(self, name, prefix):
        os.makedirs(os.path.dirname(self.path("w/" + name)), exist_ok=True)
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        self.write(name, pod("nginx:1.27"))
        code, out, err = self.resolve("--diff", "--", prefix + name)
        self.assertEqual((code, err), (0, ""))
        for tool in (["patch", "-s", "-p1"], ["git", "apply"]):
            if shutil.which(tool[0]):
                self.write(name, pod("nginx:1.27"))
                subprocess.run(tool, input=out.encode(), cwd=self.directory.name, check=True, timeout=60)
                self.assertEqual(self.read(name), pod(NGINX))

    def test_a_diff_of_a_file_above_applies_there(self):
        os.mkdir(self.path("w"))
        self.write("a.yaml", pod("nginx:1.27"))
        command = [WEIR, "resolve", "--offline", "--resolutions", "../known.json", "--diff", "../a.yaml"]
        done = subprocess.run(command, capture_output=True, cwd=self.path("w"), timeout=60, check=True)
        self.assertTrue(done.stdout.startswith(b"--- a/a.yaml\n+++ b/a.yaml\n"), done.stdout)

    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_a_diff_applies_below_a_repositorys_root(self):
        os.makedirs(self.path("w/w"))
        subprocess.run(["git", "init", "-q"], cwd=self.directory.name, check=True, timeout=60)
        for name in ("w/a.yaml", "w/w/a.yaml"):
            self.write(name, pod("nginx:1.27"))
        command = [WEIR, "resolve", "--offline", "--resolutions", "../known.json", "--diff", "w/a.yaml"]
        done = subprocess.run(command, capture_output=True, cwd=self.path("w"), timeout=60, check=True)
        subprocess.run(["git", "apply", "-p1"], input=done.stdout, cwd=self.path("w"), check=True, timeout=60)
        self.assertEqual((self.read("w/a.yaml"), self.read("w/w/a.yaml")), (pod("nginx:1.27"), pod(NGINX)))

    def test_a_diff_of_nothing_is_empty(self):
        self.assertEqual(self.resolve("--diff", text="a: 1\n"), (0, "", ""))

    def test_diff_and_check_go_together(self):
        code, out, _ = self.resolve("--diff", "--check", text=pod("nginx:1.27"))
        self.assertEqual(code, 1)
        self.assertIn("+++ b/stdin\n", out)

    def test_flags_that_contradict_are_bad_usage(self):
        self.write("a.yaml", pod("nginx:1.27"))
        for flags in (("-i",), ("-i", "-"), ("-i", "--check", "a.yaml"), ("-", "-")):
            self.assertEqual(self.resolve(*flags)[:2], (2, ""))


class Registry(http.server.BaseHTTPRequestHandler):
    """Has every tag but "gone"."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.server.seen.append(self.path)
        self.send_response(404 if self.path.endswith("/gone") else 200)
        self.send_header("Docker-Content-Digest", DIGEST)
        self.send_header("Content-Type", "application/vnd.oci.image.index.v1+json")
        self.send_header("Content-Length", "512")
        self.end_headers()

    def do_GET(self):
        """What a refused HEAD is asked again by."""
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Online(Directory):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        self.server.seen = []
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.repository = f"127.0.0.1:{self.server.server_port}/app"

    def resolve_online(self, text):
        done = subprocess.run([WEIR, "resolve"], input=text, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def test_registries_are_asked_once_for_each_image(self):
        text = pod(f"{self.repository}:1", "a") + "---\n" + pod(f"{self.repository}:1", "b")
        pinned = text.replace(f"{self.repository}:1", f"{self.repository}@{DIGEST}")
        self.assertEqual(self.resolve_online(text), (0, pinned, ""))
        self.assertEqual(self.server.seen, ["/v2/app/manifests/1"])

    def test_what_a_registry_does_not_have_is_no(self):
        self.assertEqual(self.resolve_online(pod(f"{self.repository}:gone"))[:2], (1, ""))

    def test_a_registry_that_is_not_there_may_be_there_later(self):
        self.server.shutdown()
        self.server.server_close()
        self.assertEqual(self.resolve_online(pod(f"{self.repository}:1"))[:2], (3, ""))


if __name__ == "__main__":
    unittest.main()
