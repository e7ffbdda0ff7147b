# SPDX-License-Identifier: Apache-2.0
"""`weir review` and `weir resolve` against the live cluster, with an administrator's kubeconfig and with one of somebody
who has rights in one namespace; and as a plugin of kubectl."""
import json
import os
import subprocess

from checks import check, eventually, expect, expect_in, expect_true
from workloads import image_of, pod, workload

from review import review, stored_object


def run(setting, *arguments, text=None, code=0, program=None, **environment):
    """stdout and stderr of the binary, or of another program with it on its PATH as kubectl-weir."""
    folder = os.path.dirname(setting.stage.path("plugin", "kubectl-weir"))
    if not os.path.lexists(folder + "/kubectl-weir"):
        os.symlink(setting.binary, folder + "/kubectl-weir")
    done = subprocess.run([program or setting.binary, *arguments], input=text, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PATH": folder + ":" + os.environ["PATH"], **environment})
    expect(f"exit code ({done.stderr.strip()})", done.returncode, code)
    return done.stdout, done.stderr


def manifest(space=None):
    made = workload("Deployment", space, "web")
    if space is None:
        del made["metadata"]["namespace"]
    return json.dumps(made)


def administrator(setting):
    return setting.cluster.folder + "/admin.kubeconfig"


@check("weir review --kubeconfig --context: the answer that the webhook gives")
def review_of_the_cluster(setting):
    made = pod("shop", "reviewed")
    stdout, _ = run(setting, "review", "--kubeconfig", administrator(setting), "--context", "admin@weir", "-",
                    text=json.dumps(review(made)))
    expect("image", image_of(stored_object(made, json.loads(stdout)["response"])), setting.pinned)
    _, stderr = run(setting, "review", "--kubeconfig", administrator(setting), "--context", "nobody", "-", text="{}", code=2)
    expect_in("nobody", stderr)


@check("weir resolve --kubeconfig: images pinned by the live streams; a tag that is not there is refused as the webhook does")
def resolve_by_the_cluster(setting):
    flags = ("resolve", "--kubeconfig", administrator(setting), "-n", "shop", "--insecure-registry", setting.registry.host)
    stdout, stderr = run(setting, *flags, text=manifest())
    expect("image", image_of(json.loads(stdout)), setting.pinned)
    expect("stderr", stderr, "")
    _, stderr = run(setting, *flags, text=manifest().replace("ultima", "utlima"), code=1)
    for part in ("utlima", "ultima", "nueva"):
        expect_in(part, stderr)


@check("kubectl weir: the plugin takes the current context and its namespace")
def plugin(setting):
    config = setting.stage.path("plugin.kubeconfig")
    with open(administrator(setting)) as source, open(config, "w") as file:
        file.write(source.read().replace("user: admin}", "user: admin, namespace: shop}"))
    stdout, _ = run(setting, "weir", "resolve", "--offline", "-", text=manifest(), program=tool_of(setting),
                    KUBECONFIG=config)
    expect("image", image_of(json.loads(stdout)), setting.pinned)
    _, stderr = run(setting, "resolve", "--offline", text=manifest(), code=3, KUBECONFIG=config)
    expect_in("mi-web", stderr)  # weir by its own name asks no cluster unless told to


def tool_of(setting):
    """The kubectl that the cluster's own one is a front for."""
    with open(setting.cluster.folder + "/kubectl") as file:
        return next(word for word in file.read().split() if word.endswith("/kubectl"))


@check("with the rights of a namespace's administrator alone: resolved there, and said what was not seen; elsewhere refused")
def rights_of_a_namespace(setting):
    cluster = setting.cluster
    cluster.kubectl("-n", "shop", "create", "serviceaccount", "ana")
    cluster.kubectl("-n", "shop", "create", "rolebinding", "ana", "--clusterrole=admin", "--serviceaccount=shop:ana")
    config = setting.kubeconfig_of("ana", "shop")
    user = "--as=system:serviceaccount:shop:ana"
    eventually("the roles are aggregated", lambda: cluster.try_kubectl(
        "-n", "shop", "auth", "can-i", "list", "imagestreams.weir.dev", user)[1].strip() == "yes")
    flags = ("resolve", "--kubeconfig", config, "--offline")
    stdout, stderr = run(setting, *flags, text=manifest())  # the namespace is the context's
    expect("image", image_of(json.loads(stdout)), setting.pinned)
    expect_in("only the namespaces in question", stderr)
    expect_in("without the ClusterStreamPolicies", stderr)
    expect_true("a namespace's administrator sees its labels", "without the labels" not in stderr)
    _, stderr = run(setting, *flags, text=manifest("lax"), code=2)
    expect_in('cannot list resource "imagestreams"', stderr)
    expect_in('ClusterRole "view"', stderr)
    command = "create clusterrolebinding weir-cluster-policies --clusterrole=weir-cluster-policies " \
              "--group=system:authenticated"  # of docs/CLI.md
    cluster.kubectl(*command.split())
    try:
        eventually("nothing is left unseen", lambda: "decided without" not in run(setting, *flags, text=manifest())[1])
    finally:
        cluster.kubectl("delete", "clusterrolebinding", "weir-cluster-policies")
