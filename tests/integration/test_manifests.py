#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What manifests/ promises: least privilege, restricted Pods, flags that exist, one rendered file that is current.

With WEIR_KUBECTL="kubectl --kubeconfig FILE" every overlay is built and sent to that cluster as a dry run as well, and
where the base is installed there, what its accounts may do is compared with tests/data/accounts.txt.
"""

import glob
import json
import os
import re
import shlex
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MANIFESTS = os.path.join(ROOT, "manifests")
BASE = os.path.join(MANIFESTS, "base")
sys.path.insert(0, os.path.join(ROOT, "tests", "tools"))
import plain_yaml_read  # noqa: E402
import render  # noqa: E402
import structural_schema  # noqa: E402

WEIR = os.environ.get("WEIR", "weir")
KUBECTL = shlex.split(os.environ.get("WEIR_KUBECTL", ""))
INSTALL = os.path.join(MANIFESTS, "install.yaml")
READING = {"get", "list", "watch"}


def base():
    return [value for path in sorted(glob.glob(os.path.join(BASE, "*.yaml"))) for value in plain_yaml_read.read_file(path)
            if value["kind"] != "Kustomization"]


def of_kind(*kinds):
    return [value for value in base() if value["kind"] in kinds]


def named(kind, name):
    (value,) = [value for value in of_kind(kind) if value["metadata"]["name"] == name]
    return value


class Rendered(unittest.TestCase):
    def test_the_one_file_is_current(self):
        with open(INSTALL, encoding="utf-8") as file:
            self.assertEqual(file.read(), render.render(), "python3 tests/tools/render.py manifests/install.yaml")

    def test_the_base_names_all_of_its_files(self):
        (kustomization,) = plain_yaml_read.read_file(os.path.join(BASE, "kustomization.yaml"))
        files = {os.path.basename(path) for path in glob.glob(os.path.join(BASE, "*.yaml"))} - {"kustomization.yaml"}
        self.assertEqual(set(kustomization["resources"]), files)

    def test_overlays_name_files_that_exist(self):
        overlays = glob.glob(os.path.join(MANIFESTS, "overlays", "*"))
        self.assertEqual({os.path.basename(path) for path in overlays}, {"cert-manager", "dev", "openshift", "streams-only", "strict"})
        for overlay in overlays:
            (kustomization,) = plain_yaml_read.read_file(os.path.join(overlay, "kustomization.yaml"))
            for name in kustomization["resources"]:
                self.assertTrue(os.path.exists(os.path.join(overlay, name)), f"{overlay}: {name}")

    def test_whatever_is_in_a_namespace_is_in_ours(self):
        for value in of_kind("ServiceAccount", "Role", "RoleBinding", "Service", "Deployment", "PodDisruptionBudget",
                             "NetworkPolicy"):
            self.assertEqual(value["metadata"]["namespace"], "weir-system", value["metadata"]["name"])


class Rights(unittest.TestCase):
    def rules(self, kind, name):
        return named(kind, name)["rules"]

    def test_nothing_is_a_wildcard(self):
        for value in of_kind("Role", "ClusterRole"):
            for rule in value["rules"]:
                for member in ("apiGroups", "resources", "verbs"):
                    self.assertNotIn("*", rule[member], value["metadata"]["name"])

    def test_the_webhook_writes_nothing_and_sees_no_secret(self):
        for rule in self.rules("ClusterRole", "weir-webhook"):
            self.assertLessEqual(set(rule["verbs"]), READING)
            self.assertNotIn("secrets", rule["resources"])
        self.assertEqual([value["subjects"][0]["name"] for value in of_kind("RoleBinding")], ["weir-controller"])

    def test_the_controller_writes_what_is_named_a_streams_status_images_and_events(self):
        writes = {(resource, verb) for rule in self.rules("ClusterRole", "weir-controller") for resource in rule["resources"]
                  for verb in rule["verbs"] if verb not in READING and "resourceNames" not in rule}
        self.assertEqual(writes, {("imagestreams/status", "update"), ("images", "create"), ("events", "create")})
        for rule in self.rules("ClusterRole", "weir-controller"):
            self.assertNotIn("secrets", rule["resources"])
            self.assertIn(rule.get("resourceNames", ["weir"]), [["weir"]])
        for rule in self.rules("Role", "weir-controller"):
            self.assertTrue(rule["verbs"] == ["create"] or rule["resourceNames"], rule)

    def test_workloads_are_patched_by_one_role_that_an_overlay_leaves_out(self):
        def patches(rule):
            return "patch" in rule["verbs"] and not rule.get("resourceNames")
        roles = [value["metadata"]["name"] for value in of_kind("ClusterRole") if any(map(patches, value["rules"]))
                 if not any("aggregate-to-" in label for label in value["metadata"]["labels"])]
        self.assertEqual(roles, ["weir-controller-workloads"])
        with open(os.path.join(MANIFESTS, "overlays", "streams-only", "kustomization.yaml"), encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.count("name: weir-controller-workloads\n    $patch: delete"), 2)
        self.assertIn("--follow=false", text)

    def test_pull_secrets_are_bound_to_nobody(self):
        rights = [(rule["resources"], rule["verbs"]) for rule in self.rules("ClusterRole", "weir-pull-secrets")]
        self.assertEqual(rights, [(["secrets"], ["get", "list"]), (["serviceaccounts"], ["get"])])
        for value in of_kind("ClusterRoleBinding", "RoleBinding"):
            self.assertNotEqual(value["roleRef"]["name"], "weir-pull-secrets")

    def test_policies_are_administrators_and_streams_editors(self):
        def label(name):
            labels = named("ClusterRole", name)["metadata"]["labels"]
            return {key.rsplit("-", 1)[1] for key in labels if "aggregate-to-" in key}
        self.assertEqual((label("weir-view"), label("weir-edit"), label("weir-admin")),
                         ({"view", "edit", "admin"}, {"edit", "admin"}, {"admin"}))
        self.assertEqual(self.rules("ClusterRole", "weir-admin")[0]["resources"], ["streampolicies"])
        self.assertEqual(self.rules("ClusterRole", "weir-edit")[0]["resources"], ["imagestreams"])


class Pods(unittest.TestCase):
    def test_they_are_restricted_and_bounded(self):
        for deployment in of_kind("Deployment"):
            pod = deployment["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            self.assertEqual(deployment["spec"]["replicas"], 2)
            self.assertEqual((pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]), (True, 65532))
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertEqual(container["securityContext"], {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
                                                            "readOnlyRootFilesystem": True})
            memory = {"weir-webhook": ("32Mi", "96Mi"), "weir-controller": ("64Mi", "512Mi")}
            self.assertEqual((container["resources"]["requests"]["memory"], container["resources"]["limits"]["memory"]),
                             memory[deployment["metadata"]["name"]])
            self.assertEqual(pod["priorityClassName"], "system-cluster-critical")
            self.assertEqual(len(pod["topologySpreadConstraints"]), 2)
            self.assertEqual(container["livenessProbe"]["httpGet"], {"path": "/livez", "port": "probe"})
            self.assertEqual(container["readinessProbe"]["httpGet"], {"path": "/readyz", "port": "probe"})

    def test_their_flags_exist(self):
        for deployment in of_kind("Deployment"):
            command, *flags = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
            done = subprocess.run([WEIR, command, "--help"], capture_output=True, text=True, timeout=60, check=True)
            for flag in flags:
                self.assertRegex(done.stdout, rf"(?m)^  (-[a-z], )?{re.escape(flag.split('=')[0])}\b", command)

    def test_they_outlive_their_shutdown(self):
        grace = named("Deployment", "weir-webhook")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        done = subprocess.run([WEIR, "webhook", "--help"], capture_output=True, text=True, timeout=60, check=True)
        shutdown = re.search(r"--shutdown-timeout.*?Default:\s+(\d+)s", done.stdout, re.S).group(1)
        self.assertGreater(grace, int(shutdown))

    def test_the_certificate_may_be_missing(self):
        (volume,) = named("Deployment", "weir-webhook")["spec"]["template"]["spec"]["volumes"]
        self.assertTrue(volume["secret"]["optional"])
        names = named("Role", "weir-controller")["rules"][0]["resourceNames"]
        self.assertIn(volume["secret"]["secretName"], names)

    def test_their_namespace_is_restricted(self):
        labels = named("Namespace", "weir-system")["metadata"]["labels"]
        self.assertEqual(labels["pod-security.kubernetes.io/enforce"], "restricted")
        self.assertEqual(labels["weir.dev/enforce"], "off")


class Webhooks(unittest.TestCase):
    def webhooks(self):
        return [webhook for value in of_kind("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
                for webhook in value["webhooks"]]

    def test_each_namespace_is_for_one_of_them(self):
        selectors = {webhook["name"]: webhook["namespaceSelector"]["matchExpressions"] for webhook in self.webhooks()}
        self.assertEqual(selectors["default.weir.dev"][0],
                         {"key": "weir.dev/enforce", "operator": "NotIn", "values": ["strict", "off"]})
        for name in ("strict.weir.dev", "verify.weir.dev"):
            self.assertEqual(selectors[name][0], {"key": "weir.dev/enforce", "operator": "In", "values": ["strict"]})
        for expressions in selectors.values():
            self.assertEqual(expressions[1], {"key": "kubernetes.io/metadata.name", "operator": "NotIn",
                                              "values": ["kube-system", "kube-node-lease", "kube-public", "weir-system"]})

    def test_all_ask_in_the_same_way(self):
        default, strict, verify = self.webhooks()
        self.assertEqual([webhook["failurePolicy"] for webhook in (default, strict, verify)], ["Ignore", "Fail", "Fail"])
        for webhook in (default, strict, verify):
            self.assertEqual(webhook["rules"], default["rules"])
            self.assertEqual(webhook["matchConditions"], default["matchConditions"])
            self.assertEqual((webhook["sideEffects"], webhook["timeoutSeconds"], webhook["matchPolicy"]),
                             ("None", 5, "Equivalent"))
            self.assertNotIn("caBundle", webhook["clientConfig"])
        self.assertEqual({default["reinvocationPolicy"], strict["reinvocationPolicy"]}, {"IfNeeded"})
        self.assertEqual([webhook["clientConfig"]["service"]["path"] for webhook in (default, strict, verify)],
                         ["/admit", "/admit", "/verify"])

    def test_no_subresource_but_the_one_that_names_images(self):
        for webhook in self.webhooks():
            resources = {resource for rule in webhook["rules"] for resource in rule["resources"]}
            self.assertEqual({resource for resource in resources if "/" in resource}, {"pods/ephemeralcontainers"})


class CertManager(unittest.TestCase):
    """Against the fields of its API that are written down in tests/data/cert-manager.yaml."""

    def setUp(self):
        self.overlay = os.path.join(MANIFESTS, "overlays", "cert-manager")
        self.objects = plain_yaml_read.read_file(os.path.join(self.overlay, "certificate.yaml"))

    def find(self, kind, name):
        (value,) = [value for value in self.objects if (value["kind"], value["metadata"]["name"]) == (kind, name)]
        return value

    def test_its_objects_fit_the_schema(self):
        crds = plain_yaml_read.read_file(os.path.join(ROOT, "tests", "data", "cert-manager.yaml"))
        schemas = {crd["spec"]["names"]["kind"]: structural_schema.schema_of(crd) for crd in crds}
        for value in self.objects:
            self.assertEqual(value["apiVersion"], "cert-manager.io/v1")
            self.assertEqual(list(structural_schema.errors(schemas[value["kind"]], value)), [], value["metadata"]["name"])

    def test_they_name_each_other(self):
        for certificate in ("weir", "weir-ca"):
            self.find("Issuer", self.find("Certificate", certificate)["spec"]["issuerRef"]["name"])
        self.assertEqual(self.find("Issuer", "weir-ca")["spec"]["ca"]["secretName"],
                         self.find("Certificate", "weir-ca")["spec"]["secretName"])

    def test_the_certificate_is_the_webhooks(self):
        certificate = self.find("Certificate", "weir")["spec"]
        (volume,) = named("Deployment", "weir-webhook")["spec"]["template"]["spec"]["volumes"]
        self.assertEqual(certificate["secretName"], volume["secret"]["secretName"])
        self.assertIn(named("Service", "weir")["metadata"]["name"] + ".weir-system.svc", certificate["dnsNames"])
        with open(os.path.join(self.overlay, "kustomization.yaml"), encoding="utf-8") as file:
            self.assertIn("cert-manager.io/inject-ca-from: weir-system/weir\n", file.read())


@unittest.skipUnless(KUBECTL, "WEIR_KUBECTL is not set")
class Cluster(unittest.TestCase):
    def kubectl(self, *arguments, text=None):
        return subprocess.run(KUBECTL + list(arguments), input=text, capture_output=True, text=True, timeout=120, check=False)

    def objects(self, text):
        """As kubectl reads them."""
        done = self.kubectl("annotate", "--local", "-f", "-", "weir.dev/none-", "-o", "json", text=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        decoder, rest, found = json.JSONDecoder(), done.stdout.strip(), {}
        while rest:
            value, end = decoder.raw_decode(rest)
            rest = rest[end:].strip()
            for item in value["items"] if value["kind"] == "List" else [value]:
                found[item["kind"], item["metadata"]["name"]] = item
        return found

    def test_the_one_file_is_what_kustomize_builds(self):
        built = self.kubectl("kustomize", BASE)
        self.assertEqual(built.returncode, 0, built.stderr)
        with open(INSTALL, encoding="utf-8") as file:
            self.assertEqual(self.objects(built.stdout), self.objects(file.read()))

    def allowed(self, account, namespace):
        user = f"system:serviceaccount:weir-system:{account}"
        done = self.kubectl("auth", "can-i", "--list", f"--as={user}", "-n", namespace)
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in done.stdout.splitlines()[1:]:
            found = re.match(r"(\S+)\s+\[\]\s+(\[.*?\])\s+(\[.*\])$", line)
            if found and not found.group(1).startswith("selfsubject"):
                yield " ".join((account, namespace) + found.groups())

    def test_accounts_may_do_what_is_listed(self):
        if self.kubectl("get", "clusterrole", "weir-webhook").returncode != 0:
            self.skipTest("the base is not installed there")
        with open(os.path.join(ROOT, "tests", "data", "accounts.txt"), encoding="utf-8") as file:
            listed = [line for line in file.read().splitlines() if not line.startswith("#")]
        found = []
        for account in ("weir-webhook", "weir-controller"):
            for namespace in ("default", "weir-system"):
                found += self.allowed(account, namespace)
        self.assertEqual(sorted(found), sorted(listed))

    def test_every_overlay_is_taken(self):
        for overlay in ("base", "overlays/dev", "overlays/openshift", "overlays/strict", "overlays/streams-only",
                        "overlays/cert-manager"):
            built = self.kubectl("kustomize", os.path.join(MANIFESTS, overlay))
            self.assertEqual(built.returncode, 0, built.stderr)
            done = self.kubectl("apply", "--dry-run=server", "-f", "-", text=built.stdout)
            # A dry run makes no namespace, and a plain cluster has no cert-manager: nothing else may be wrong.
            wrong = [line for line in done.stderr.splitlines() if not re.search(
                r'namespaces "weir-system" not found|no matches for kind "(Certificate|Issuer)"|CRDs are installed first', line)]
            self.assertEqual(wrong, [], overlay)


if __name__ == "__main__":
    unittest.main()
