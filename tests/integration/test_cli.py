#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as people and scripts meet it: help, usage errors, completions, and that docs/CLI.md is true."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

WEIR = os.path.abspath(os.environ.get("WEIR", "build/weir"))
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SHARED = ("Flags about what is decided", "Flags about registries")


def weir(*arguments, **options):
    return subprocess.run([WEIR, *arguments], capture_output=True, text=True, timeout=60, **options)


def commands():
    listed = weir("--help").stdout.split("Commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listed.splitlines()]


def help_flags(command):
    """Flags with the name of their value, as --help has them."""
    return set(re.findall(r"^  (?:-\w, )?--([\w-]+(?: [\w:]+)?)$", weir(command, "--help").stdout, re.M))


def read_doc():
    with open(os.path.join(ROOT, "docs", "CLI.md"), encoding="utf-8") as file:
        return file.read()


def doc_sections():
    parts = re.split(r"^## (.*)$", read_doc(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def doc_flags(section):
    return set(re.findall(r"^- (?:`-\w`, )?`--([\w-]+(?: [\w:]+)?)`", section, re.M))


class Help(unittest.TestCase):
    def test_lists_commands_and_describes_each(self):
        for command in commands():
            for arguments in ((command, "--help"), ("help", command), (command, "-h")):
                done = weir(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertTrue(done.stdout.startswith(f"weir {command}: "))
                self.assertIn("Exit codes:", done.stdout)
                self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])

    def test_version(self):
        self.assertRegex(weir("--version").stdout, r"^weir \d+\.\d+\.\d+\n$")

    def test_without_a_command_it_is_bad_usage(self):
        done = weir()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("Usage:", done.stderr)

    def test_names_the_command_that_was_meant(self):
        done = weir("reveiw")
        self.assertEqual(done.returncode, 2)
        self.assertIn('unknown command "reveiw", did you mean "review"?', done.stderr)
        self.assertEqual(weir("help", "nonsense").returncode, 2)

    def test_bad_usage_is_fact_and_hint(self):
        done = weir("review", "--objekts", "x")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, 'weir: unknown flag "--objekts", did you mean "--objects"?\n'
                                      "hint: weir review --help lists its flags\n")

    def test_says_that_its_output_did_not_arrive(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([WEIR, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot write standard output", done.stderr)


class Document(unittest.TestCase):
    def test_has_each_flag_and_no_other(self):
        sections = doc_sections()
        shared = [doc_flags(sections[name]) for name in SHARED]
        for command in commands():
            text = weir(command, "--help").stdout
            wanted = set(doc_flags(sections[f"weir {command}"]))
            for name, flags in zip(SHARED, shared):
                wanted |= flags if f"\n{name}:\n" in text else set()
            with self.subTest(command=command):
                self.assertEqual(help_flags(command), wanted)

    def test_has_each_command(self):
        described = [name.removeprefix("weir ") for name in doc_sections() if name.startswith("weir ")]
        self.assertEqual(sorted(described), sorted(commands()))

    def test_its_examples_are_true(self):
        document = read_doc().split("## An example")[1]
        names = re.findall(r"`([\w.-]+\.yaml)`:", document)
        files = re.findall(r"```yaml\n(.*?)```", document, re.S)
        transcript = re.search(r"```console\n(.*?)```", document, re.S).group(1)
        self.assertEqual(len(names), len(files))
        with tempfile.TemporaryDirectory() as directory:
            for name, text in zip(names, files):
                with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
                    file.write(text)
            path = os.path.dirname(WEIR) + ":" + os.environ.get("PATH", "")
            for step in re.split(r"^\$ ", transcript, flags=re.M)[1:]:
                command, _, wanted = step.partition("\n")
                done = subprocess.run(["bash", "-c", command], cwd=directory, capture_output=True, text=True,
                                      env={**os.environ, "PATH": path}, timeout=60)
                with self.subTest(command=command):
                    self.assertEqual(done.stdout + done.stderr, wanted)


class Completion(unittest.TestCase):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        quoted = " ".join(f"'{word}'" for word in words)
        script = (f"source <('{WEIR}' completion bash); COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _weir; "
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        return [line for line in done.stdout.splitlines() if line]

    def test_bash_knows_commands(self):
        self.assertEqual(self.complete("weir", "rev"), ["review"])
        self.assertEqual(self.complete("weir", "help", "res"), ["resolve"])
        self.assertTrue(set(commands()) <= set(self.complete("weir", "")))

    def test_bash_knows_the_flags_of_each_command_and_no_hidden_ones(self):
        for command in commands():
            wanted = {"--" + flag.split()[0] for flag in help_flags(command)} | {"--help"}
            self.assertEqual(set(self.complete("weir", command, "--")), wanted)
        self.assertNotIn("--now", self.complete("weir", "review", "--n"))

    def test_bash_knows_values(self):
        self.assertEqual(self.complete("weir", "review", "-o", ""), ["text", "json"])
        self.assertEqual(self.complete("weir", "review", "--output", "=", "j"), ["json"])
        self.assertEqual(self.complete("weir", "completion", ""), ["bash", "zsh"])
        self.assertIn(os.path.join(ROOT, "docs", "CLI.md"),
                      self.complete("weir", "review", "--resolutions", os.path.join(ROOT, "docs", "CL")))
        self.assertEqual(self.complete("weir", "resolve", "--namespace", "d"), [])

    def test_scripts_are_sound(self):
        for shell in ("bash", "zsh"):
            script = weir("completion", shell).stdout
            self.assertGreater(len(script), 500)
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_zsh_has_each_flag_once(self):
        script = weir("completion", "zsh").stdout
        for command in commands():
            body = script.split(f"            {command})\n")[1].split(";;")[0]
            flags = re.findall(r"'\*?--([\w-]+)=?\[", body)
            self.assertEqual(sorted(flags), sorted({flag.split()[0] for flag in help_flags(command)} | {"help"}))

    def test_another_shell_is_bad_usage(self):
        self.assertEqual(weir("completion", "fish").returncode, 2)
        self.assertEqual(weir("completion").returncode, 2)


if __name__ == "__main__":
    unittest.main()
