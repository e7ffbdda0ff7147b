# SPDX-License-Identifier: Apache-2.0
"""What a large cluster costs.

    python3 tests/bench/scale.py build/weir BUILD_DIR [STREAMS]

First without an API server: 100 000 streams with 3 tags, 10 000 namespaces, 1 000 policies, beside a small cluster;
it fails where a change costs more than 1 ms, a tag more than 1 KiB, or a look-up more than in the small one.
Then, where $K8S_TOOLS has a kube-apiserver, the webhook on a real one with STREAMS (20 000) streams.
"""
import concurrent.futures
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "integration")]

TAGS = 3
LARGE, SMALL = (100000, TAGS, 10000, 1000), (1000, TAGS, 100, 100)
PUBLISH_US, TAG_BYTES, LOOKUP_RATIO = 1000, 1024, 2
WRITERS, NAMESPACES, CHANGES = 16, 200, 100


def build(folder, libraries):
    """The program that needs no API server, from the libraries of a build."""
    program = folder / "bench_cluster_tables"
    packages = subprocess.run(["pkg-config", "--libs", "yajl", "yaml-0.1", "libcurl", "libssl", "libcrypto"], check=True,
                              capture_output=True, text=True).stdout
    subprocess.run(["cc", "-O2", "-D_POSIX_C_SOURCE=200809L", f"-I{ROOT}/include", HERE / "bench_cluster_tables.c",
                    *(libraries / f"lib{name}.a" for name in ("edge", "core", "base")), *shlex.split(packages),
                    "-lpthread", "-o", program], check=True)
    return program


def run(program, sizes):
    done = subprocess.run([program, *map(str, sizes)], check=True, capture_output=True, text=True)
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def made_up(folder, libraries):
    program = build(folder, libraries)
    small, large = run(program, SMALL), run(program, LARGE)
    print(f"{'CPU time, us (look-ups: ns)':32} {SMALL[0]:>10} {LARGE[0]:>10} streams")
    for name in large:
        print(f"{name:32} {small[name]:>10.1f} {large[name]:>10.1f}")
    problems = [f"{name} is {large[name]:.0f} us, more than {PUBLISH_US}"
                for name in ("stream_p99", "namespace_p99", "policy_p99") if large[name] > PUBLISH_US]
    if large["bytes_per_tag"] > TAG_BYTES:
        problems.append(f"a tag takes {large['bytes_per_tag']:.0f} bytes, more than {TAG_BYTES}")
    if large["lookup_some"] > LOOKUP_RATIO * small["lookup_some"]:
        problems.append("a look-up costs more in a large cluster")
    return problems


# On a real API server

def crd(kind, plural, scope="Namespaced"):
    """Whatever is written counts, the status too: one request makes a whole stream."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.weir.dev"},
            "spec": {"group": "weir.dev", "scope": scope,
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": kind + "List"},
                     "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": schema}]}}


def digest(number):
    return f"sha256:{number:064x}"


def stream(index, version=0):
    tags = range(TAGS)
    repository = f"registry.example.com/team/app-{index}"
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ImageStream", "metadata": {"name": f"stream-{index}"},
            "spec": {"lookupPolicy": {"local": True},
                     "tags": [{"name": f"v{tag}", "from": {"kind": "DockerImage", "name": f"{repository}:v{tag}"}}
                              for tag in tags]},
            "status": {"tags": [{"tag": f"v{tag}", "items": [
                {"created": "2024-05-01T10:00:00Z", "generation": 1, "image": digest(index * 1000 + version * 10 + tag),
                 "dockerImageReference": f"{repository}@{digest(index * 1000 + version * 10 + tag)}"}]} for tag in tags]}}


def path_of(index, name=""):
    return f"/apis/weir.dev/v1alpha1/namespaces/scale-{index % NAMESPACES}/imagestreams{name}"


def fill(api, count):
    for kind, plural, scope in (("ImageStream", "imagestreams", "Namespaced"),
                                ("StreamPolicy", "streampolicies", "Namespaced"),
                                ("ClusterStreamPolicy", "clusterstreampolicies", "Cluster")):
        api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd(kind, plural, scope))
    api.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    for index in range(NAMESPACES):
        api.post("/api/v1/namespaces", {"metadata": {"name": f"scale-{index}"}})

    def write(first):
        connection = api.connect()
        for index in range(first, count, WRITERS):
            api.post(path_of(index), stream(index), connection=connection)
        connection.close()
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))


def follow_changes(api, served, count):
    """Seconds from a write's answer until an admission goes by it."""
    import webhook_fixture
    latest, connection = [], served.connect()
    for turn in range(1, CHANGES + 1):
        index = turn * 7919 % count
        written = api.request("PATCH", path_of(index, f"/stream-{index}"), {"status": stream(index, turn % 99 + 1)["status"]},
                              "application/merge-patch+json")
        began = time.monotonic()
        wanted = written["status"]["tags"][0]["items"][0]["dockerImageReference"]
        review = webhook_fixture.pod(f"stream-{index}:v0", namespace=f"scale-{index % NAMESPACES}")
        while served.post(review, connection=connection).images != [wanted]:
            if time.monotonic() - began > 5:
                raise SystemExit(f"scale: the change of stream-{index} is not in force after 5 s")
        latest.append(time.monotonic() - began)
    connection.close()
    return sorted(latest)


def real(count):
    import kube_fixture
    import webhook_fixture
    reason = kube_fixture.skip_reason()
    if reason:
        print("scale: on a real API server: skipped:", reason)
        return []
    with kube_fixture.ApiServer() as api:
        began = time.monotonic()
        fill(api, count)
        print(f"{'written in':32} {time.monotonic() - began:>10.1f} s, {count} streams in {NAMESPACES} namespaces")
        began = time.monotonic()
        with webhook_fixture.Webhook(source=["--kubeconfig", api.kubeconfig()], log_all=False) as served:
            webhook_fixture.wait_until(lambda: served.probe("/readyz")[0] == 200, "ready", 300)
            print(f"{'ready after':32} {time.monotonic() - began:>10.1f} s")
            peak = next(int(line.split()[1]) for line in
                        pathlib.Path(f"/proc/{served.process.pid}/status").read_text().splitlines()
                        if line.startswith("VmHWM:")) * 1024
            print(f"{'resident, and at most':32} {served.rss() / 1e6:>10.1f} MB {peak / 1e6:.1f} MB, "
                  f"{served.rss() / count / TAGS:.0f} bytes a tag")
            times = follow_changes(api, served, count)
            print(f"{'a write in force after':32} {times[len(times) // 2] * 1e3:>10.1f} ms, "
                  f"99 %: {times[len(times) * 99 // 100] * 1e3:.1f} ms")
            total = served.metric("weir_cluster_publication_seconds")
            number = served.metric("weir_cluster_publications_total")
            print(f"{'publications, mean and longest':32} {number:>10.0f} {total / number * 1e3:.3f} ms "
                  f"{served.metric('weir_cluster_publication_max_seconds') * 1e3:.3f} ms (the first)")
            return [f"{peak / count / TAGS:.0f} bytes a tag at most"] if peak / count / TAGS > 2 * TAG_BYTES else []


def main():
    binary, libraries = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    os.environ["WEIR"] = binary
    with tempfile.TemporaryDirectory() as folder:
        problems = made_up(pathlib.Path(folder), libraries)
    problems += real(int(sys.argv[3]) if len(sys.argv) > 3 else 20000)
    for problem in problems:
        print("scale:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
