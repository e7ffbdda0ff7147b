#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Starts a Kubernetes on this machine: cluster-up.sh [cp|node]; the modes and knobs stand in common.sh. Starts only what
# does not run yet, so a second call is cheap, and mends a cluster that lost a process. Writes kubectl and env.sh there.
set -euo pipefail
# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"
began=$(date +%s%N)

say() { printf 'cluster: %6d ms  %s\n' $((($(date +%s%N) - began) / 1000000)) "$*"; }

start() { # PROCESS COMMAND...
    local name=$1 pid
    shift
    ! is_alive "$name" || return 0
    setsid "${inside[@]}" "$@" >>"$dir/log/$name.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid $(start_time "$pid")" >"$dir/pid/$name"
    disown "$pid"
}

wait_until() { # TENTHS WHAT PROCESS COMMAND...
    local tenths=$1 what=$2 process=$3
    shift 3
    for _ in $(seq "$tenths"); do
        ! "$@" || return 0
        is_alive "$process" || die "$process ended" "$process"
        sleep 0.1
    done
    die "not within $((tenths / 10)) s: $what" "$process"
}

claim_folder() {
    if [ -d "$dir" ] && ! is_cluster && [ -n "$(ls -A "$dir")" ]; then
        die "\"$dir\" holds something else than a cluster of mode $mode"
    fi
    mkdir -p "$dir"/{pki,log,pid,etcd}
    chmod 700 "$dir/pki"
    echo "$mode" >"$mark"
}

# A bridge is the node's address: kubelet refuses a loopback one. Without a route a Service's address is unreachable
# before kube-proxy can translate it.
make_network() {
    [ -e "/run/netns/$NETNS" ] || ip netns add "$NETNS"
    "${inside[@]}" ip link set lo up
    if ! "${inside[@]}" ip link show node0 >/dev/null 2>&1; then
        "${inside[@]}" ip link add node0 type bridge
        "${inside[@]}" ip addr add "$node_ip/24" dev node0
    fi
    "${inside[@]}" ip link set node0 up
    "${inside[@]}" ip route replace "$service_cidr" dev node0 src "$node_ip"
    "${inside[@]}" sysctl -qw net.ipv4.ip_forward=1
}

start_etcd() {
    local url=http://127.0.0.1:$ETCD_PORT peer=http://127.0.0.1:$ETCD_PEER flags=()
    ! etcd --help 2>&1 | grep -q unsafe-no-fsync || flags+=(--unsafe-no-fsync)
    start etcd etcd --name e0 --data-dir "$dir/etcd" --listen-client-urls "$url" --advertise-client-urls "$url" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "e0=$peer" \
        --logger zap --log-level warn "${flags[@]}"
}

start_apiserver() {
    local flags=() extra=() gates=
    cat >"$dir/audit.yaml" <<'YAML'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, verbs: [create, update, patch, delete]}
- {level: None}
YAML
    if [ "$mode" = cp ]; then
        flags+=(--bind-address=127.0.0.1 --endpoint-reconciler-type=none) # a loopback address is refused as an endpoint
    else
        flags+=(--bind-address=0.0.0.0 --kubelet-preferred-address-types=InternalIP)
    fi
    read -ra extra <<<"${APISERVER_EXTRA:-}"
    # What the tests use, and this version has behind a gate.
    [ ! -e "$kubernetes/feature-gates" ] || gates=$(paste -sd, "$kubernetes/feature-gates")
    [ -z "$gates" ] || flags+=("--feature-gates=$gates")
    start kube-apiserver "$tools/kube-apiserver" "--etcd-servers=http://127.0.0.1:$ETCD_PORT" \
        "--advertise-address=$node_ip" "--secure-port=$API_PORT" "--cert-dir=$pki" "--client-ca-file=$pki/ca.crt" \
        "--tls-cert-file=$pki/apiserver.crt" "--tls-private-key-file=$pki/apiserver.key" \
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
        "--service-cluster-ip-range=$service_cidr" \
        --service-account-issuer=https://kubernetes.default.svc.cluster.local \
        "--service-account-key-file=$pki/sa.pub" "--service-account-signing-key-file=$pki/sa.key" \
        "--requestheader-client-ca-file=$pki/front-proxy-ca.crt" \
        --requestheader-allowed-names=front-proxy-client --requestheader-extra-headers-prefix=X-Remote-Extra- \
        --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User \
        "--proxy-client-cert-file=$pki/front-proxy.crt" "--proxy-client-key-file=$pki/front-proxy.key" \
        "--kubelet-client-certificate=$pki/kubelet-client.crt" "--kubelet-client-key=$pki/kubelet-client.key" \
        "--kubelet-certificate-authority=$pki/ca.crt" \
        "--audit-policy-file=$dir/audit.yaml" "--audit-log-path=$dir/log/audit.log" --profiling=false \
        "${flags[@]}" "${extra[@]}"
}

# The controllers' own limit of requests a second would cost seconds at the start.
start_controllers() {
    local user
    local common=(--bind-address=127.0.0.1 "--cert-dir=$pki" --leader-elect=false --profiling=false
        --kube-api-qps=500 --kube-api-burst=1000)
    user=$dir/controllers.kubeconfig
    start kube-controller-manager "$tools/kube-controller-manager" "${common[@]}" "--secure-port=$KCM_PORT" \
        "--kubeconfig=$user" "--authentication-kubeconfig=$user" "--authorization-kubeconfig=$user" \
        "--root-ca-file=$pki/ca.crt" "--service-account-private-key-file=$pki/sa.key" \
        --use-service-account-credentials=true "--cluster-signing-cert-file=$pki/ca.crt" \
        "--cluster-signing-key-file=$pki/ca.key" "--requestheader-client-ca-file=$pki/front-proxy-ca.crt"
    user=$dir/scheduler.kubeconfig
    start kube-scheduler "$tools/kube-scheduler" "${common[@]}" "--secure-port=$SCHED_PORT" \
        "--kubeconfig=$user" "--authentication-kubeconfig=$user" "--authorization-kubeconfig=$user"
}

api() { # PATH
    "${inside[@]}" curl -s -m 5 --noproxy '*' --cacert "$pki/ca.crt" --cert "$pki/admin.crt" --key "$pki/admin.key" \
        "https://127.0.0.1:$API_PORT$1" || true
}
api_is_ready() { [ "$(api /readyz)" = ok ]; }
account_is_made() { api /api/v1/namespaces/default/serviceaccounts/default | grep -q '"kind": *"ServiceAccount"'; }
node_is_ready() {
    api /api/v1/nodes | tr -d ' \n' | grep -Eq '"type":"Ready"[^}]*"status":"True"|"status":"True"[^}]*"type":"Ready"'
}

write_commands() {
    printf '#!/bin/sh\nexec %s %s --kubeconfig %s "$@"\n' "${inside[*]}" "$tools/kubectl" "$dir/admin.kubeconfig" \
        >"$dir/kubectl"
    chmod 755 "$dir/kubectl"
    cat >"$dir/env.sh" <<SHELL
export KUBECONFIG=$dir/admin.kubeconfig CLUSTER_DIR=$dir CLUSTER_CA=$pki/ca.crt
kubectl() { $dir/kubectl "\$@"; }
inside() { ${inside[*]} "\$@"; }
SHELL
}

[ -x "$tools/kube-apiserver" ] || die "no Kubernetes $K8S in $tools: run $here/build-kubernetes.sh"
claim_folder
pki=$dir/pki
# shellcheck source=tests/cluster/pki.sh
. "$here/pki.sh"
make_pki
say "certificates"
if [ "$mode" = node ]; then
    make_network
    say "network namespace $NETNS"
fi
start_etcd
start_apiserver
wait_until 600 "kube-apiserver ready" kube-apiserver api_is_ready
say "kube-apiserver"
start_controllers
if [ "$mode" = cp ]; then
    start fakenode python3 "$here/fakenode.py" "https://127.0.0.1:$API_PORT" "$pki" fake-0
    node_process=fakenode
else
    # shellcheck source=tests/cluster/node.sh
    . "$here/node.sh"
    start_node
    node_process=kubelet
fi
wait_until 600 "a default ServiceAccount" kube-controller-manager account_is_made
wait_until 900 "a Ready node" "$node_process" node_is_ready
write_commands
say "up: Kubernetes $K8S, mode $mode. Use it with: . $dir/env.sh"
