# SPDX-License-Identifier: Apache-2.0
"""How weir is removed, and what stays. The checks after this one install it themselves."""
import json

from checks import check, expect, expect_in
from setting import SYSTEM
from workloads import image_of, pod


def remove(setting):
    """The commands of manifests/README.md, "Remove"."""
    cluster = setting.cluster
    cluster.kubectl("delete", "mutatingwebhookconfiguration,validatingwebhookconfiguration", "weir")
    cluster.kubectl("delete", "namespace", SYSTEM, "--timeout=120s")
    cluster.kubectl("delete", "clusterrole,clusterrolebinding", "-l", "app.kubernetes.io/name=weir")


@check("manifests/README.md, \"Remove\": streams, policies and pins stay; with the CRDs nothing of weir is left",
       ("cp", "node"))
def removed(setting):
    cluster = setting.cluster
    pinned = [one for one in cluster.list("Pod", "shop") if "@sha256:" in json.dumps(one["spec"])]
    expect("pinned Pods to look at", len(pinned) > 0, True)
    remove(setting)
    expect_in("mi-web", cluster.kubectl("-n", "shop", "get", "is,streampolicy"))
    cluster.kubectl("create", "-f", "-", stdin=pod("shop", "unpinned"))
    expect("image of a Pod made now", image_of(cluster.get("Pod", "shop", "unpinned")), "mi-web:ultima")
    for one in pinned:
        expect("spec of a Pod made before", cluster.get("Pod", "shop", one["metadata"]["name"])["spec"], one["spec"])
    cluster.kubectl("delete", "crd", "-l", "app.kubernetes.io/name=weir")
    kinds = "crd,clusterrole,clusterrolebinding,mutatingwebhookconfiguration,validatingwebhookconfiguration,namespace"
    expect("what is left", cluster.kubectl("get", kinds, "-o", "name", "-l", "app.kubernetes.io/name=weir"), "")
