#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does a cluster of cluster-up.sh do what the tests take for granted? cluster-smoke.sh [cp|node]
# A Deployment becomes Pods, accounts are held to RBAC; in node mode also: pulled by digest, log, Pod and Service answer.
set -euo pipefail
# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"
is_cluster || die "no cluster of mode $mode in \"$dir\""
space=smoke-$$
passed=0 failed=0
image=registry.test/app:1

kc() { "$dir/kubectl" -n "$space" "$@"; }
show() { kc get "$1" -o "jsonpath=$2" 2>/dev/null || true; }
fetch() { "${inside[@]}" curl -s -m 3 --noproxy '*' "$@" || true; }

expect() { # WHAT WANTED COMMAND...: within 30 s
    local what=$1 wanted=$2 got=
    shift 2
    for _ in $(seq 150); do
        got=$("$@")
        [ "$got" != "$wanted" ] || break
        sleep 0.2
    done
    if [ "$got" = "$wanted" ]; then
        passed=$((passed + 1)) && echo "ok    $what"
    else
        failed=$((failed + 1)) && echo "FAIL  $what: \"$got\", not \"$wanted\""
    fi
}

count_names() { kc get "$@" -o name | wc -l; }
may_get_pods() { kc auth can-i --as="system:serviceaccount:$space:default" get pods 2>/dev/null || true; }
log_begins() { kc logs "$1" | cut -c1-16; }

"$dir/kubectl" create namespace "$space" >/dev/null
trap '"$dir/kubectl" delete namespace "$space" --wait=false >/dev/null' EXIT
expect "a namespace gets its ServiceAccount" default show sa/default "{.metadata.name}"
if [ "$mode" = node ]; then
    digest=$(fetch -I -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$registry/v2/test/hello/manifests/1" |
        tr -d '\r' | awk -F': ' 'tolower($1) == "docker-content-digest" { print $2 }')
    image=$registry/test/hello@$digest
fi
kc create deployment web --image="$image" --replicas=2 >/dev/null
expect "a Deployment is ready" 2 show deploy/web "{.status.readyReplicas}"
expect "it has one ReplicaSet" 1 count_names rs
expect "its two Pods run" 2 count_names po --field-selector=status.phase=Running
expect "RBAC holds the default account to nothing" no may_get_pods
if [ "$mode" = node ]; then
    pod=$(show po "{.items[0].metadata.name}")
    expect "imageID is the digest" "$image" show "po/$pod" "{.status.containerStatuses[0].imageID}"
    expect "the log comes back" "hello from pid 1" log_begins "$pod"
    expect "the Pod answers at its address" ok fetch "http://$(show "po/$pod" "{.status.podIP}"):8080/"
    kc expose deployment web --port=80 --target-port=8080 >/dev/null
    expect "the Service answers at its address" ok fetch "http://$(show svc/web "{.spec.clusterIP}")/"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
