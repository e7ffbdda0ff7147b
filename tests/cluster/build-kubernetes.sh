#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds kube-apiserver, -controller-manager, -scheduler, -proxy, kubelet and kubectl from the Go modules that
# kubernetes-$K8S/go.mod names, once for each state of go.mod and go.sum, outside the tree. On two cores 6 to 10 minutes
# and 490 MB; the next run has nothing to do. Needs Go 1.26 (Debian 12's own is too old) and a module proxy; exits with 3
# where one of them is not there.
#   build-kubernetes.sh [--where]     --where: only prints the folder
set -euo pipefail
where=${1:-}
set -- cp
# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"
if [ "$where" = --where ]; then
    echo "$tools"
    exit 0
fi
[ "$(cat "$tools/.key" 2>/dev/null)" != "$module_key" ] || exit 0

go=$(command -v go) || { echo "cluster: no Go here: Kubernetes $K8S is built with Go 1.26 or newer" >&2 && exit 3; }
found=$("$go" env GOVERSION)
if ! printf '1.26\n%s\n' "${found#go}" | sort -CV; then
    echo "cluster: Go ${found#go} is too old: Kubernetes $K8S is built with Go 1.26 or newer" >&2
    exit 3
fi
version=$(sed -n 's#^.*k8s.io/kubernetes \(v[0-9.]*\).*#\1#p' "$kubernetes/go.mod" | head -n 1)
IFS=. read -r major minor _ <<<"${version#v}"
mapfile -t commands < <(sed -n '/^tool/,/^)/s#^[[:space:]]*\(k8s.io/.*\)#\1#p' "$kubernetes/go.mod")
[ "${#commands[@]}" -gt 0 ] || { echo "cluster: no tool block in $kubernetes/go.mod" >&2 && exit 1; }

# The modules first: that they cannot be fetched is not a failure of what is built from them.
modules=$(cd "$kubernetes" && "$go" list -mod=readonly -deps "${commands[@]}" 2>&1 >/dev/null) || {
    tail -n 5 <<<"$modules" >&2
    if grep -Eq 'dial tcp|no such host|connection re(fused|set)|[Tt]imeout|TLS handshake|: (403|404|410|5..) ' <<<"$modules"; then
        echo "cluster: the Go modules of Kubernetes $version are not to be had from $("$go" env GOPROXY)" >&2
        exit 3
    fi
    exit 1
}
echo "cluster: building Kubernetes $version into $tools (minutes, once)"
mkdir -p "$tools"
stamp=k8s.io/component-base/version
(cd "$kubernetes" && CGO_ENABLED=0 "$go" build -mod=readonly -trimpath \
    -ldflags "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor" \
    -o "$tools/" "${commands[@]}")
echo "$module_key" >"$tools/.key"
