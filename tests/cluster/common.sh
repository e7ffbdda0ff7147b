# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share; sourced with the mode in $1, after `set -euo pipefail`.
#
#   cp    etcd, kube-apiserver, kube-controller-manager, kube-scheduler and a fake node, on loopback addresses only
#   node  the same in a network namespace without a link outside, and a registry, containerd, kubelet, kube-proxy
#
# Knobs (environment):
#   CLUSTER_DIR   all that a cluster writes; default: <cache>/weir/cluster-<mode>
#   PORT_OFFSET   added to every port (0, 1000, ... 30000), and the loopback block of Services follows it: clusters with
#                 different folders and offsets run side by side. A single port: API_PORT, ETCD_PORT, ETCD_PEER, ...
#   NETNS         node mode: the network namespace; two of these need two names
#   K8S           the minor version to run: a folder kubernetes-<K8S> here
#   K8S_TOOLS     where the Kubernetes binaries are; default: where build-kubernetes.sh puts them

mode=${1:-cp}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/weir

K8S=${K8S:-1.36}
kubernetes=$here/kubernetes-$K8S
[ -s "$kubernetes/go.mod" ] || { echo "cluster: no Kubernetes \"$K8S\" here: $kubernetes/go.mod" >&2 && exit 2; }
module_key=$(cat "$kubernetes/go.mod" "$kubernetes/go.sum" | sha256sum | cut -c1-16)
tools=${K8S_TOOLS:-$cache/kubernetes-$K8S-$module_key}

dir=${CLUSTER_DIR:-$cache/cluster-$mode}
offset=${PORT_OFFSET:-0}
API_PORT=${API_PORT:-$((6443 + offset))}
ETCD_PORT=${ETCD_PORT:-$((2379 + offset))}
ETCD_PEER=${ETCD_PEER:-$((2380 + offset))}
KCM_PORT=${KCM_PORT:-$((10257 + offset))}
SCHED_PORT=${SCHED_PORT:-$((10259 + offset))}
REGISTRY_PORT=${REGISTRY_PORT:-5000}
NETNS=${NETNS:-weir}

# Of what a node needs, "inside" is the prefix that enters the network namespace. Not `ip netns exec`: that mounts
# /sys anew, and the cgroups are gone.
case $mode in
cp)
    inside=()
    node_ip=127.0.0.1
    service_cidr=${SERVICE_CIDR:-127.$((96 + offset / 1000)).0.0/24}
    ;;
node)
    inside=(nsenter "--net=/run/netns/$NETNS")
    node_ip=10.88.0.1
    pod_cidr=10.85.0.0/24
    service_cidr=${SERVICE_CIDR:-10.96.0.0/24}
    ;;
*) echo "usage: $0 [cp|node]" >&2 && exit 2 ;;
esac
registry=$node_ip:$REGISTRY_PORT # node mode's own, plain HTTP, an address that Pods reach as well
service_api=${service_cidr%.*}.1 # the first address is the API server's own Service
node_name=node0

die() { # SENTENCE [PROCESS]
    echo "cluster: $1" >&2
    [ -z "${2:-}" ] || tail -n 15 "$dir/log/$2.log" >&2 || true
    exit 1
}

# Nothing is ever ended, unmounted or removed for a folder that is not marked as one of our clusters.
case $dir in
/*/*) ;;
*) die "CLUSTER_DIR must be an absolute path below some folder, not \"$dir\"" ;;
esac
readonly dir
readonly mark=$dir/.weir-cluster
is_cluster() { [ -f "$mark" ] && [ "$(cat "$mark")" = "$mode" ]; }

# A process is ours where both its id and the kernel's start time are those that we wrote down.
start_time() { awk '{ sub(/^.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null; }
run_state() { awk '{ sub(/^.*\) /, ""); print $1 }' "/proc/$1/stat" 2>/dev/null; }

is_alive() { # PROCESS
    local pid began
    read -r pid began 2>/dev/null <"$dir/pid/$1" || return 1
    [ -n "$began" ] && [ "$(start_time "$pid")" = "$began" ] && [ "$(run_state "$pid")" != Z ]
}

stop() { # PROCESS
    local pid began
    if is_alive "$1"; then
        read -r pid began <"$dir/pid/$1"
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            is_alive "$1" || break
            sleep 0.1
        done
        if is_alive "$1"; then
            kill -KILL "$pid"
        fi
    fi
    rm -f "$dir/pid/$1"
}

# Each cluster has its own cgroup, so that taking one down cannot reach another's Pods. With the hybrid hierarchy
# there is one folder for each controller.
make_cgroups() { # CLUSTER
    local root
    for root in /sys/fs/cgroup /sys/fs/cgroup/*; do
        [ -e "$root/cgroup.procs" ] || continue
        mkdir -p "$root/weir-$1"
        if [ -e "$root/cpuset.cpus" ] && [ -z "$(cat "$root/weir-$1/cpuset.cpus")" ]; then
            cat "$root/cpuset.cpus" >"$root/weir-$1/cpuset.cpus"
            cat "$root/cpuset.mems" >"$root/weir-$1/cpuset.mems"
        fi
    done
}
