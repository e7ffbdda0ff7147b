#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A second node for a cluster of tests/cluster, in the same network namespace: faults_second_node.sh up|down
# Its containerd and kubelet have a folder of their own, which is marked as a cluster, so that cluster-down.sh ends them
# as it ends the first node's; kube-proxy writes the namespace's rules for both. CLUSTER_DIR and NETNS are the cluster's.
set -euo pipefail
what=${1:?usage: faults_second_node.sh up|down}
here=$(cd "$(dirname "$0")/../cluster" && pwd)
second=${CLUSTER_DIR:?}-second
second_cgroup=${NETNS:?}-second # the scripts name a cluster's cgroup by its namespace

if [ "$what" = down ]; then
    CLUSTER_DIR=$second NETNS=$second_cgroup exec bash "$here/cluster-down.sh" node --purge
fi

set -- node
# shellcheck source=tests/cluster/common.sh
. "$here/common.sh"
is_cluster || die "no cluster of mode node in \"$dir\""
pki=$second/pki
node_name=node1
node_ip=10.88.0.2
# shellcheck source=tests/cluster/pki.sh
. "$here/pki.sh"

make_folder() {
    mkdir -p "$second"/{pki,log,pid,kubelet,podlogs,containerd,cni,cni-ipam}
    echo node >"$second/.weir-cluster"
    cp "$dir"/pki/ca.* "$pki/"
    cp -r "$dir/certs.d" "$second/"
    : >"$second/resolv.conf"
    make_certificate kubelet ca "/O=system:nodes/CN=system:node:$node_name" clientAuth
    make_certificate kubelet-serving ca "/O=system:nodes/CN=system:node:$node_name" serverAuth \
        "DNS:$node_name,DNS:localhost,IP:127.0.0.1,IP:$node_ip"
    make_kubeconfig "$second/kubelet.kubeconfig" kubelet
}

# The first node's configurations, with what must differ.
adapt() { # FILE
    sed -e "s#$dir/#$second/#g" -e 's#10\.85\.0\.0/24#10.85.1.0/24#; s#cni0#cni1#' \
        -e 's#^port: 10250#port: 10260\nhealthzPort: 10258#' \
        -e "s#^cgroupRoot: .*#cgroupRoot: /weir-$second_cgroup#" "$dir/$1" >"$second/$1"
}

start() { # PROCESS COMMAND...
    local name=$1 pid
    shift
    setsid "${inside[@]}" "$@" >>"$second/log/$name.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid $(start_time "$pid")" >"$second/pid/$name"
    disown "$pid"
}

answers() { ctr -a "$second/containerd/containerd.sock" version >/dev/null 2>&1; }
is_there() { "$dir/kubectl" get "node/$node_name" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null |
    grep -qx True; }

wait_until() { # TENTHS COMMAND
    for _ in $(seq "$1"); do
        ! "$2" || return 0
        sleep 0.1
    done
    tail -n 15 "$second"/log/*.log >&2
    die "the second node: not within $(($1 / 10)) s: $2"
}

make_folder
for file in containerd/config.toml cni/10-weir.conflist kubelet.yaml; do
    adapt "$file"
done
make_cgroups "$second_cgroup"
"${inside[@]}" ip addr replace "$node_ip/24" dev node0
start containerd containerd --config "$second/containerd/config.toml"
wait_until 300 answers
start kubelet "$tools/kubelet" "--config=$second/kubelet.yaml" "--kubeconfig=$second/kubelet.kubeconfig" \
    "--hostname-override=$node_name" "--node-ip=$node_ip" "--root-dir=$second/kubelet" "--cert-dir=$second/kubelet/pki"
wait_until 600 is_there
