#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`weir webhook` from outside: answers, waiting, certificates, probes, log, and the way it ends."""

import concurrent.futures
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import webhook_fixture as fixture
from fake_registry import FakeRegistry
from processes import HeldPort
from registry_fixture import Registry
from webhook_fixture import DIGEST, Webhook, pod, stream, tags_policy, wait_until

SAMPLES = pathlib.Path(__file__).parent.parent / "samples"
# Nothing but what a test is about ends its waiting.
PATIENT = ["--max-wait=60s", "--registry-timeout=5m", "--registry-connect-timeout=60s"]


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.webhook = Webhook(flags=["--max-body=65536"])
        cls.webhook.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.webhook.__exit__(None, None, None)

    def test_a_stream_tag_leaves_as_a_digest(self):
        review = pod("mi-web:ultima")
        answer = self.webhook.review(review)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(int(answer.headers["Content-Length"]), len(answer.body))
        self.assertEqual(answer.review["apiVersion"], "admission.k8s.io/v1")
        self.assertEqual(answer.response["uid"], review["request"]["uid"])
        self.assertTrue(answer.allowed)
        self.assertEqual(answer.response["patchType"], "JSONPatch")
        self.assertEqual(answer.images, [f"registry.example/mi-web@{DIGEST}"])

    def test_an_unchanged_object_has_no_patch(self):
        answer = self.webhook.review(pod(f"registry.example/mi-web@{DIGEST}"))
        self.assertTrue(answer.allowed)
        self.assertNotIn("patch", answer.response)
        self.assertNotIn("patchType", answer.response)

    def test_many_reviews_on_one_connection(self):
        connection = self.webhook.connect()
        for number in range(200):
            answer = self.webhook.review(pod("mi-web:ultima", name=f"web-{number}", padding=number * 100),
                                         connection=connection)
            self.assertEqual(answer.images, [f"registry.example/mi-web@{DIGEST}"])
        connection.close()

    def test_http2_where_it_is_offered(self):
        context = self.webhook.context(protocols=("h2", "http/1.1"))
        with socket.create_connection(("127.0.0.1", self.webhook.port)) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as tls:
                self.assertEqual(tls.selected_alpn_protocol(), "h2")

    def test_what_is_no_review_gets_a_sentence(self):
        review = pod("x", uid="here")
        rows = [
            (b"", 400, "empty"),
            (b"{", 400, "ends too early"),
            (b"[]", 400, ""),
            (b'{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}', 400, "request"),
            (b'{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{}}', 400, ""),
            (fixture.encode(pod("x")) + b"{}", 400, ""),
            (fixture.encode(review).replace(b"here", b"\xff\xfe"), 400, "UTF-8"),
            (fixture.encode(review).replace(b"here", b"h\x00e"), 400, ""),
            (fixture.encode(pod("secret-\x01-text")), 200, None),
        ]
        for body, status, text in rows:
            with self.subTest(body=body[:60]):
                answer = self.webhook.post(body)
                self.assertEqual(answer.status, status)
                if status == 400:
                    self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
                    self.assertIn(text, answer.body.decode("ascii"))
                    self.assertEqual(answer.body.count(b"\n"), 1)
                    self.assertNotIn("Retry-After", answer.headers)

    def test_what_is_no_post_of_json_is_refused(self):
        review = pod("mi-web:ultima")
        json_type = {"Content-Type": "application/json"}
        rows = [
            ("POST", "/admit", {"Content-Type": "application/json; charset=utf-8"}, 200),
            ("POST", "/admit", {"Content-Type": "text/plain"}, 415),
            ("POST", "/admit", {"Content-Type": "application/jsonp"}, 415),
            ("POST", "/admit", {}, 415),
            ("GET", "/admit", json_type, 405),
            ("PUT", "/admit", json_type, 405),
            ("POST", "/", json_type, 404),
            ("POST", "/admit/", json_type, 404),
            ("POST", "/admit/x", json_type, 404),
            ("POST", "/admitted", json_type, 404),
            ("GET", "/metrics", json_type, 404),
            ("POST", "/admit", {**json_type, **{f"X-{i}": "y" for i in range(70)}}, 431),
        ]
        for method, path, headers, status in rows:
            with self.subTest(method=method, path=path, headers=list(headers.items())[:1]):
                answer = self.webhook.post(review, method=method, path=path, headers=headers)
                self.assertEqual(answer.status, status)
                if status != 200:
                    self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
                    self.assertTrue(answer.body.endswith(b"\n"))
                if status == 405:
                    self.assertEqual(answer.headers["Allow"], "POST")

    def test_a_review_beyond_the_limit_is_answered_not_reset(self):
        fits = self.webhook.review(pod("mi-web:ultima", padding=60000))
        self.assertEqual(fits.status, 200)
        self.assertEqual(self.webhook.review(pod("mi-web:ultima", padding=70000)).status, 413)
        self.assertEqual(self.webhook.review(pod("mi-web:ultima", padding=9 << 20)).status, 413)

    def test_more_containers_than_are_looked_at_are_too_many(self):
        answer = self.webhook.review(pod(*["a"] * 1025))
        self.assertEqual(answer.status, 413, answer.body)
        self.assertIn(b"more than 1024 containers", answer.body)

    def test_the_samples_get_an_answer_each(self):
        index = json.loads((SAMPLES / "index.json").read_text())["samples"]
        for sample in index:
            with self.subTest(sample=sample["file"]):
                body = (SAMPLES / sample["file"]).read_bytes()
                answer = self.webhook.post(body)
                wanted = 413 if len(body) > 65536 else sample["expect"]["http"]
                self.assertEqual(answer.status, wanted, answer.body)
                if wanted == 200:
                    self.assertEqual(answer.response["uid"], sample["request"]["uid"])
                    self.assertTrue(answer.allowed)


class Waiting(unittest.TestCase):
    """Admissions that need a registry."""

    def start(self, registry, *flags, objects=None):
        webhook = Webhook(objects=objects or {"policy.yaml": tags_policy("Required"), "stream.yaml": stream()},
                          flags=[f"--metrics-hosts=127.0.0.1:{registry.port}", *PATIENT, *flags])
        webhook.__enter__()
        self.addCleanup(webhook.__exit__, None, None, None)
        return webhook

    def image(self, registry, how, name="app", tag="1"):
        return f"127.0.0.1:{registry.port}/{how}/{name}:{tag}"

    def test_a_plain_tag_is_asked_for_once_and_remembered(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry)
            image = self.image(registry, "ok")
            with concurrent.futures.ThreadPoolExecutor(32) as pool:
                answers = list(pool.map(lambda _: webhook.review(pod(image)), range(64)))
            for answer in answers:
                self.assertEqual(len(answer.images), 1, answer.body)
                self.assertIn("@sha256:", answer.images[0])
            self.assertEqual(registry.count("HEAD", "/ok/app/"), 1)
            webhook.review(pod(image))
            self.assertEqual(registry.count("HEAD", "/ok/app/"), 1)
            self.assertGreaterEqual(webhook.metric("weir_answer_cache_hits_total"), 1)
            requests = f'weir_registry_requests_total{{host="127.0.0.1:{registry.port}",code="2xx"}}'
            self.assertGreaterEqual(webhook.metric(requests), 1)

    def test_a_hit_counts_once_though_the_admission_waits_for_another_image(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry, "--threads=1")
            known, unknown = self.image(registry, "ok"), self.image(registry, "ok", name="other")
            webhook.review(pod(known))
            self.assertEqual(webhook.metric("weir_answer_cache_hits_total"), 0)
            webhook.review(pod(known, unknown))
            self.assertEqual(webhook.metric("weir_answer_cache_hits_total"), 1)

    def test_a_pull_secret_that_does_not_serve_is_named(self):
        with Registry(users={"alice": "secret"}) as registry:
            registry.push("app", "1", "one")
            webhook = self.start(registry, objects={"policy.yaml": tags_policy("Required")})
            body = pod(f"{registry.host}/app:1")
            body["request"]["object"]["spec"]["imagePullSecrets"] = [{"name": "regcerd"}]
            for _ in range(2):  # the second from the cache
                message = webhook.review(body).response["status"]["message"]
                self.assertIn("says 401: no access without credentials", message)
                self.assertIn('pull secret "shop/regcerd" is not there; create it, or take it out of imagePullSecrets',
                              message)

    def test_a_record_is_as_old_as_its_last_confirmation(self):
        with Registry() as registry:
            repository = f"{registry.host}/app"
            objects = {"policy.yaml": tags_policy(extra="  freshness: Always\n")}
            current = stream(repository=repository, digest=registry.push("app", "ultima", "one"))
            webhook = self.start(registry, objects={**objects, "stream.yaml": current})
            self.assertEqual(webhook.review(pod("mi-web:ultima")).warnings, [])
            registry.stop()
            self.assertIn("digest confirmed", "".join(webhook.review(pod("mi-web:ultima")).warnings))
            (webhook.objects / "stream.yaml").write_text(stream(repository=repository))
            wait_until(lambda: "digest recorded" in "".join(webhook.review(pod("mi-web:ultima")).warnings), "the file")

    def test_one_waits_and_others_are_served(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry, "--max-in-flight=2", "--threads=1")
            image = self.image(registry, "gate")
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                waiting = [pool.submit(webhook.review, pod(image)) for _ in range(2)]
                webhook.wait_for_metric("weir_admissions_in_flight", lambda value: value == 2)
                self.assertEqual(webhook.review(pod("mi-web:ultima")).status, 200)
                beyond = webhook.review(pod(self.image(registry, "ok")))
                self.assertEqual(beyond.status, 429)
                self.assertEqual(beyond.headers["Retry-After"], "1")
                registry.gate.set()
                for answer in waiting:
                    self.assertIn("@sha256:", answer.result().images[0])
            webhook.wait_for_metric("weir_admissions_in_flight", lambda value: value == 0)
            self.assertEqual(registry.count("HEAD", "/gate/"), 1)

    def test_the_deadline_is_a_second_before_the_api_server_s(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry)
            began = time.monotonic()
            answer = webhook.review(pod(self.image(registry, "stall-headers")), timeout="2s")
            self.assertFalse(answer.allowed)
            self.assertEqual(answer.response["status"]["code"], 503)
            self.assertGreaterEqual(time.monotonic() - began, 1)
            self.assertLess(time.monotonic() - began, 30)  # nothing else ends it before a minute has passed

    def test_max_wait_caps_the_deadline(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry, "--max-wait=300ms")
            for timeout in ("1h", None, "nonsense"):
                began = time.monotonic()
                answer = webhook.review(pod(self.image(registry, "stall-headers", tag=f"t{timeout}")),
                                        timeout=timeout)
                self.assertEqual(answer.response["status"]["code"], 503)
                self.assertLess(time.monotonic() - began, 30)

    def test_no_time_left_is_the_webhook_s_own_failure(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry)
            answer = webhook.review(pod(self.image(registry, "ok")), timeout="1s")
            self.assertEqual(answer.status, 503)
            self.assertEqual(answer.headers["Retry-After"], "1")
            self.assertEqual(webhook.review(pod("mi-web:ultima"), timeout="1s").status, 200)

    def test_clients_that_leave_harm_no_other(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry, "--max-in-flight=4", "--threads=2")
            for number in range(4):
                connection = webhook.connect()
                connection.request("POST", "/admit?timeout=30s", headers=fixture.HEADERS,
                                   body=fixture.encode(pod(self.image(registry, "gate", tag=f"t{number}"))))
                wait_until(lambda: registry.count("HEAD", f"/manifests/t{number}"), webhook.log)
                connection.sock.shutdown(socket.SHUT_RDWR)
                connection.close()
            registry.gate.set()
            webhook.wait_for_metric("weir_admissions_in_flight", lambda value: value == 0)
            self.assertIn("@sha256:", webhook.review(pod(self.image(registry, "ok"))).images[0])

    def test_a_hundred_that_wait_for_a_registry_hold_up_no_other(self):
        with FakeRegistry() as registry:
            webhook = self.start(registry)
            with concurrent.futures.ThreadPoolExecutor(100) as pool:
                waiting = [pool.submit(webhook.review, pod(self.image(registry, "gate", tag=f"t{i}")), timeout="5m")
                           for i in range(100)]
                webhook.wait_for_metric("weir_admissions_in_flight", lambda value: value == 100)
                connection = webhook.connect()
                for _ in range(200):
                    self.assertEqual(webhook.review(pod("mi-web:ultima"), connection=connection).status, 200)
                connection.close()
                self.assertEqual(webhook.metric("weir_admissions_in_flight"), 100)
                registry.gate.set()
                for answer in waiting:
                    self.assertIn("@sha256:", answer.result().images[0])


class Certificates(unittest.TestCase):
    def serial(self, webhook):
        with socket.create_connection(("127.0.0.1", webhook.port)) as raw:
            with webhook.context().wrap_socket(raw, server_hostname="localhost") as tls:
                return tls.getpeercert()["serialNumber"]

    @staticmethod
    def replace(path, by):
        """At once: never a moment with half a file."""
        shutil.copy(by, path.with_suffix(".new"))
        path.with_suffix(".new").rename(path)

    def test_a_new_pair_is_used_and_no_connection_dropped(self):
        with Webhook() as webhook:
            before = self.serial(webhook)
            kept = webhook.connect()
            cert, key = webhook.pki.leaf("second")
            self.replace(webhook.cert, cert)  # for now the pair does not match
            webhook.wait_for_line(event="certificate refused")
            self.assertEqual(self.serial(webhook), before)
            self.assertEqual(webhook.metric('weir_certificate_reloads_total{result="failure"}'), 1)
            self.assertEqual(webhook.metric("weir_reload_failures_total"), 1)
            self.replace(webhook.key, key)
            webhook.wait_for_line(event="certificate loaded")
            self.assertNotEqual(self.serial(webhook), before)
            self.assertEqual(webhook.review(pod("mi-web:ultima"), connection=kept).status, 200)

    def test_a_handshake_that_spans_the_change_succeeds(self):
        with Webhook() as webhook:
            raw = socket.create_connection(("127.0.0.1", webhook.port))
            cert, key = webhook.pki.leaf("second")
            self.replace(webhook.key, key)
            self.replace(webhook.cert, cert)
            webhook.wait_for_line(event="certificate loaded")
            with webhook.context().wrap_socket(raw, server_hostname="localhost") as tls:
                self.assertEqual(tls.version(), "TLSv1.3")

    def test_the_client_s_certificate_is_demanded(self):
        with tempfile.TemporaryDirectory() as directory:
            clients, strangers = fixture.Pki(directory, "clients"), fixture.Pki(directory, "strangers")
            good = clients.leaf("apiserver", usage="clientAuth")
            bad = strangers.leaf("stranger", usage="clientAuth")
            with Webhook(client_ca=clients.ca) as webhook:
                webhook.client = good
                self.assertEqual(webhook.review(pod("mi-web:ultima")).status, 200)
                for client in (None, bad):
                    webhook.client = client
                    with self.assertRaises((ssl.SSLError, OSError)):
                        webhook.review(pod("mi-web:ultima"))
                webhook.wait_for_line(event="tls handshake failed")
                self.assertGreaterEqual(webhook.metric("weir_tls_handshakes_failed_total"), 1)

    def test_an_expired_certificate_is_not_ready(self):
        def expired(pki):
            return pki.leaf("tls", not_before="20200101000000Z", not_after="20210101000000Z")
        with Webhook(leaf=expired) as webhook:
            status, body = webhook.probe("/readyz")
            self.assertEqual(status, 503)
            self.assertIn("[-]certificate failed: expired", body)
            self.assertEqual(webhook.probe("/livez")[0], 200)
            self.assertLess(webhook.metric("weir_certificate_expiry_seconds"), 0)

    def test_a_pair_that_is_not_there_yet_is_waited_for(self):
        def away(pki):
            return tuple(path.rename(path.with_suffix(path.suffix + ".away")).with_suffix("")
                         for path in pki.leaf("tls"))
        with Webhook(leaf=away) as webhook:
            webhook.wait_for_line(event="certificate awaited")
            status, body = webhook.probe("/readyz")
            self.assertEqual(status, 503)
            self.assertIn("[-]certificate failed: not there yet", body)
            self.assertEqual(webhook.probe("/livez")[0], 200)
            self.assertNotIn("weir_certificate_expiry_seconds", webhook.probe("/metrics")[1])
            with self.assertRaises((ssl.SSLError, OSError)):
                webhook.review(pod("mi-web:ultima"))
            for path in (webhook.key, webhook.cert):
                path.with_suffix(path.suffix + ".away").rename(path)
            webhook.wait_for_line(event="certificate loaded")
            self.assertEqual(webhook.probe("/readyz")[0], 200)
            self.assertEqual(webhook.review(pod("mi-web:ultima")).status, 200)

    def test_bad_files_end_the_start_with_a_sentence(self):
        with tempfile.TemporaryDirectory() as directory:
            pki = fixture.Pki(directory)
            cert, key = pki.leaf("tls")
            _, other = pki.leaf("other")
            for flags, text in [
                (["--tls-cert", cert, "--tls-key", other], "does not belong to the certificate"),
                (["--tls-cert", "/nonexistent", "--tls-key", key], "cannot open"),
                (["--tls-cert", cert, "--tls-key", key, "--client-ca", key], "no PEM certificate"),
                (["--tls-cert", cert, "--tls-key", key, "--listen", "nowhere"], "is not ADDRESS:PORT"),
                (["--tls-cert", cert, "--tls-key", key, "--objects", "/nonexistent"], "nonexistent"),
            ]:
                with self.subTest(text=text):
                    objects = [] if "--objects" in flags else ["--objects", directory + "/none"]
                    pathlib.Path(directory, "none").mkdir(exist_ok=True)
                    done = subprocess.run([fixture.WEIR, "webhook", *map(str, objects + flags)],
                                          capture_output=True, timeout=60)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn(text, done.stderr.decode())


class Probes(unittest.TestCase):
    def test_the_metrics_are_well_formed(self):
        with Webhook() as webhook:
            webhook.review(pod("mi-web:ultima"))
            webhook.review(b"{")
            status, text = webhook.probe("/metrics")
            self.assertEqual(status, 200)
            if shutil.which("promtool"):
                done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(),
                                      capture_output=True)
                self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))
            changed = 'weir_admissions_total{kind="Pod",operation="CREATE",outcome="changed"}'
            self.assertEqual(webhook.metric(changed), 1)
            invalid = 'weir_admissions_total{kind="other",operation="OTHER",outcome="invalid"}'
            self.assertEqual(webhook.metric(invalid), 1)
            self.assertEqual(webhook.metric("weir_admission_duration_seconds_count"), 2)
            for name in ("weir_build_info", "process_start_time_seconds", "process_resident_memory_bytes",
                         "process_open_fds", "process_cpu_seconds_total", "weir_connections",
                         "weir_log_lines_dropped_total", "weir_lookups_coalesced_total"):
                self.assertIn(f"# TYPE {name} ", text)

    def test_the_labels_are_not_a_stranger_s(self):
        with Webhook() as webhook:
            for number in range(50):
                review = pod("x")
                review["request"]["kind"]["kind"] = f"Strange{number}"
                review["request"]["operation"] = f"ODD{number}"
                self.assertEqual(webhook.review(review).status, 200)
            text = webhook.probe("/metrics")[1]
            self.assertNotIn("Strange", text)
            self.assertNotIn("ODD", text)

    def test_probes_say_what_is_amiss(self):
        with Webhook() as webhook:
            self.assertEqual(webhook.probe("/livez"), (200, "ok\n"))
            self.assertEqual(webhook.probe("/readyz"), (200, "ok\n"))
            status, body = webhook.probe("/readyz?verbose")
            self.assertEqual(status, 200)
            for check in ("serving", "objects", "certificate", "loops"):
                self.assertIn(f"[+]{check} ok\n", body)
            self.assertEqual(webhook.probe("/admit")[0], 404)
            self.assertEqual(webhook.probe("/")[0], 404)

    def test_the_null_handler_answers_600_bytes(self):
        with Webhook(flags=["--handler=null"]) as webhook:
            answer = webhook.review(b"anything")
            self.assertEqual((answer.status, len(answer.body)), (200, 600))
            self.assertEqual(answer.review["kind"], "AdmissionReview")
            self.assertEqual(webhook.post(b"x", method="PUT").status, 405)


class Objects(unittest.TestCase):
    def test_a_change_is_live_without_a_restart(self):
        with Webhook() as webhook:
            other = "sha256:" + "2" * 64
            fresh = webhook.directory / "fresh.yaml"
            fresh.write_text(stream(digest=other))
            os.rename(fresh, webhook.objects / "stream.yaml")
            webhook.wait_for_line(event="objects loaded")
            self.assertEqual(webhook.review(pod("mi-web:ultima")).images, [f"registry.example/mi-web@{other}"])

    def test_a_bad_file_leaves_the_last_good_set_in_force(self):
        with Webhook() as webhook:
            (webhook.objects / "stream.yaml").write_text("kind: [\n")
            line = webhook.wait_for_line(event="objects refused")
            self.assertIn("stream.yaml", line["message"])
            self.assertEqual(webhook.review(pod("mi-web:ultima")).images, [f"registry.example/mi-web@{DIGEST}"])
            self.assertGreaterEqual(webhook.metric("weir_reload_failures_total"), 1)
            self.assertEqual(webhook.probe("/readyz")[0], 200)

    def test_sighup_reads_anew(self):
        with Webhook() as webhook:
            webhook.process.send_signal(signal.SIGHUP)
            webhook.wait_for_line(event="objects loaded")
            self.assertEqual(webhook.review(pod("mi-web:ultima")).status, 200)


class Log(unittest.TestCase):
    def admissions(self, webhook):
        return [line for line in webhook.lines if line["event"].startswith("admission")]

    def test_an_admission_is_one_typed_line(self):
        with Webhook(log_all=False) as webhook:
            webhook.review(pod("other@" + DIGEST))  # nothing happens: no line
            review = pod("mi-web:ultima", annotations={"secret": "hush"})
            webhook.review(review)
            line = webhook.wait_for_line(event="admission", outcome="changed")
            self.assertEqual((line["uid"], line["namespace"], line["kind"], line["name"], line["operation"],
                              line["images"], line["warnings"], line["level"]),
                             (review["request"]["uid"], "shop", "Pod", "web", "CREATE", 1, 0, "info"))
            self.assertIsInstance(line["took_us"], int)
            webhook.post(b"{")
            line = webhook.wait_for_line(event="admission not decided", status=400)
            self.assertEqual(line["level"], "warning")
            self.assertEqual(len(self.admissions(webhook)), 2)
            self.assertNotIn(b"hush", b"".join(webhook.raw))

    def test_none_logs_no_admission(self):
        with Webhook(log_all=False, flags=["--log-admissions=none"]) as webhook:
            webhook.review(pod("mi-web:ultima"))
            webhook.post(b"{")
        self.assertEqual(self.admissions(webhook), [])
        self.assertTrue(all(line["event"] != "not JSON" for line in webhook.lines))

    def test_names_that_try_to_forge_a_line_do_not(self):
        with Webhook() as webhook:
            webhook.review(pod("x", name='evil"}\n{"level":"error","event":"forged'))
            line = webhook.wait_for_line(event="admission")
            self.assertIn("forged", line["name"])
            self.assertTrue(all(line["event"] != "forged" for line in webhook.lines))

    def serve_with(self, stderr):
        """Serves with a stderr that takes nothing; the ports cannot be read from it then."""
        held = [HeldPort(), HeldPort()]
        for one in held:
            self.addCleanup(one.close)
        main, probe = (f"127.0.0.1:{one.number}" for one in held)
        with Webhook(stderr=stderr, flags=[f"--listen={main}", f"--probe-listen={probe}"]) as webhook:
            webhook.use({"address": main, "probe_address": probe})
            wait_until(lambda: self.is_up(webhook), "the server answers")
            connection = webhook.connect()
            for number in range(3000):
                self.assertEqual(webhook.review(pod("mi-web:ultima", name="n" * 500), connection=connection).status,
                                 200)
            webhook.wait_for_metric("weir_log_lines_dropped_total", lambda value: value > 0)
            connection.close()

    def is_up(self, webhook):
        try:
            return webhook.probe("/readyz")[0] == 200
        except OSError:
            return False

    def test_a_full_disk_under_stderr_stops_nothing(self):
        with open("/dev/full", "wb") as full:
            self.serve_with(full)

    def test_a_reader_of_stderr_that_does_not_read_stops_nothing(self):
        reading, writing = os.pipe()
        fcntl.fcntl(writing, 1031, 4096)  # F_SETPIPE_SZ
        try:
            self.serve_with(writing)
        finally:
            os.close(reading)
            os.close(writing)

    def test_a_reader_of_stderr_that_went_away_stops_nothing(self):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            self.serve_with(writing)
        finally:
            os.close(writing)


class Ending(unittest.TestCase):
    def test_sigterm_drains_and_ends_with_0(self):
        with Webhook(flags=["--drain-delay=5m", "--shutdown-timeout=10m"]) as webhook:
            kept, idle = webhook.connect(), webhook.connect()
            self.assertEqual(webhook.review(pod("mi-web:ultima"), connection=kept).headers.get("Connection"),
                             "keep-alive")
            webhook.terminate()
            webhook.wait_for_line(event="draining")
            status, body = webhook.probe("/readyz")
            self.assertEqual(status, 503)
            self.assertIn("[-]serving failed: stopping", body)
            self.assertEqual(webhook.probe("/livez")[0], 200)
            for connection in (kept, webhook.connect()):  # old and new ones are served
                answer = webhook.review(pod("mi-web:ultima"), connection=connection)
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.headers["Connection"], "close")
            webhook.terminate()  # a second signal cuts the delay short
            self.assertEqual(webhook.wait(), 0)
            self.assertEqual(idle.sock.recv(1), b"")
            webhook.wait_for_line(event="stopped", all_answered=True)

    def test_the_drain_delay_ends(self):
        with Webhook(flags=["--drain-delay=300ms", "--shutdown-timeout=10m"]) as webhook:
            began = time.monotonic()
            webhook.terminate()
            self.assertEqual(webhook.wait(), 0)
            self.assertGreaterEqual(time.monotonic() - began, 0.3)
            webhook.wait_for_line(event="stopped", all_answered=True)

    def test_what_waits_is_answered_before_the_end(self):
        with FakeRegistry() as registry:
            webhook = Webhook(objects={"policy.yaml": tags_policy("Required")},
                              flags=["--shutdown-timeout=5m", *PATIENT])
            with webhook, concurrent.futures.ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(webhook.review, pod(f"127.0.0.1:{registry.port}/gate/app:1"))
                webhook.wait_for_metric("weir_admissions_in_flight", lambda value: value == 1)
                webhook.terminate()
                webhook.wait_for_line(event="draining")
                registry.gate.set()
                self.assertIn("@sha256:", waiting.result().images[0])
                self.assertEqual(webhook.wait(), 0)

    def test_the_end_does_not_wait_for_ever(self):
        with FakeRegistry() as registry:
            webhook = Webhook(objects={"policy.yaml": tags_policy("Required")},
                              flags=["--shutdown-timeout=1s", *PATIENT])
            with webhook:
                connection = webhook.connect()
                connection.request("POST", "/admit?timeout=5m", headers=fixture.HEADERS,
                                   body=fixture.encode(pod(f"127.0.0.1:{registry.port}/gate/app:1")))
                webhook.wait_for_metric("weir_admissions_in_flight", lambda value: value == 1)
                webhook.terminate()
                self.assertEqual(webhook.wait(), 0)
                webhook.wait_for_line(event="stopped", all_answered=False)
                connection.close()

    def test_a_second_signal_cuts_the_delay_short(self):
        with Webhook(flags=["--drain-delay=5m", "--shutdown-timeout=10m"]) as webhook:
            webhook.terminate()
            webhook.wait_for_line(event="draining")
            webhook.process.send_signal(signal.SIGINT)
            self.assertEqual(webhook.wait(), 0)


if __name__ == "__main__":
    threading.excepthook = lambda arguments: None if arguments.exc_type is OSError else \
        threading.__excepthook__(arguments)
    unittest.main(verbosity=2, warnings="ignore")
