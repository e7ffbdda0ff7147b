#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir reference`, from outside: every vector, odd bytes, line by line, exit codes."""

import json
import os
import subprocess
import unittest

WEIR = os.environ.get("WEIR", "build/weir")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
MEMBERS = ["input", "valid", "error", "domain", "path", "tag", "digest", "normalized", "familiar", "docker_ref"]


def weir(*arguments, stdin=b""):
    return subprocess.run([WEIR, "reference", *arguments], input=stdin, capture_output=True, timeout=60)


def vectors():
    with open(os.path.join(DATA, "reference.json"), encoding="utf-8") as file:
        return json.load(file)["vectors"]


def expected(vector):
    return {name: vector[name] for name in MEMBERS}


class Reference(unittest.TestCase):
    def test_agrees_with_every_vector_on_standard_input(self):
        rows = [v for v in vectors() if "\n" not in v["input"] and "\0" not in v["input"]]
        done = weir("--json", "-", stdin="".join(v["input"] + "\n" for v in rows).encode())
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(rows))
        for vector, answer in zip(rows, answers):
            self.assertEqual(answer, expected(vector))
            self.assertEqual(list(answer), MEMBERS)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, b"")

    def test_agrees_with_every_vector_as_an_argument(self):
        rows = [v for v in vectors() if "\0" not in v["input"]]
        done = weir("--json", "--", *[v["input"] for v in rows if v["input"] != "-"])
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(answers, [expected(v) for v in rows if v["input"] != "-"])

    def test_exit_code_says_whether_all_are_valid(self):
        self.assertEqual(weir("nginx", "quay.io/a/b:1").returncode, 0)
        self.assertEqual(weir("nginx", "Nginx", "quay.io/a/b:1").returncode, 1)
        self.assertEqual(weir("-", stdin=b"").returncode, 0)

    def test_bad_usage_is_told_apart_from_an_invalid_reference(self):
        for arguments in ([], ["--nonsense", "nginx"]):
            done = weir(*arguments)
            self.assertEqual(done.returncode, 2)
            self.assertTrue(done.stderr.startswith(b"weir: "), done.stderr)
            self.assertEqual(done.stdout, b"")

    def test_any_bytes_give_valid_json(self):
        lines = [bytes([b]) * 3 for b in range(1, 256) if b != 10] + [b"", b"a\xff", b"\xed\xa0\x80", b"x\r"]
        done = weir("--json", "-", stdin=b"\n".join(lines) + b"\n")
        answers = [json.loads(line.decode("utf-8")) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(lines))
        for line, answer in zip(lines, answers):
            try:
                self.assertEqual(answer["input"], line.decode("utf-8"))
            except UnicodeDecodeError:
                self.assertIn("\ufffd", answer["input"])
        self.assertEqual(weir("--json", b"a\xffb").returncode, 1)

    def test_text_for_people_holds_no_control_bytes(self):
        done = weir("-", stdin=b"a\x1b[31m\x9b\xc2\x9b\x7f\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([b for b in done.stdout if b < 32 and b != 10 or b == 127], [])
        self.assertIn(b"\\x1b[31m\\x9b\\xc2\\x9b\\x7f", done.stdout)

    def test_text_for_people_names_the_parts(self):
        out = weir("nginx:1.27").stdout.decode()
        for part in ["docker.io", "library/nginx", "1.27", "docker.io/library/nginx:1.27"]:
            self.assertIn(part, out)

    def test_answers_each_line_when_it_comes(self):
        with subprocess.Popen([WEIR, "reference", "--json", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as child:
            for name in [b"nginx", b"quay.io/a/b"]:
                child.stdin.write(name + b"\n")
                child.stdin.flush()
                self.assertEqual(json.loads(child.stdout.readline())["input"], name.decode())
            child.stdin.close()
            self.assertEqual(child.wait(timeout=30), 0)

    def test_refuses_a_line_beyond_the_limit(self):
        done = weir("-", stdin=b"nginx\n" + b"a" * 70000)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"line 2 is longer than 65536 bytes", done.stderr)

    def test_says_so_where_nothing_can_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([WEIR, "reference", "nginx"], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertNotIn(done.returncode, (0, 1))


if __name__ == "__main__":
    unittest.main()
