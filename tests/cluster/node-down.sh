# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by cluster-down.sh in node mode: kubelet first, then the Pods, then containerd, then what they left behind.
: "${dir:?}" "${mark:?}" "${NETNS:?}"
is_cluster || die "\"$dir\" is no cluster"
socket=$dir/containerd/containerd.sock

ask_containerd() { timeout 20 ctr -a "$socket" -n k8s.io "$@" 2>/dev/null || true; }

end_pods() {
    local task container
    for task in $(ask_containerd task ls -q); do
        ask_containerd task kill -s KILL "$task"
    done
    for task in $(ask_containerd task ls -q); do
        for _ in $(seq 20); do
            [ -z "$(ask_containerd task rm -f "$task" && ask_containerd task ls -q | grep -Fx "$task")" ] && break
            sleep 0.1
        done
    done
    for container in $(ask_containerd container ls -q); do
        ask_containerd container rm "$container"
    done
}

# A shim outlives its containerd; ours are those whose command line names our socket.
end_shims() {
    local proc
    for proc in /proc/[0-9]*; do
        if tr '\0' ' ' 2>/dev/null <"$proc/cmdline" | grep -q -- "containerd-shim.* -address $socket "; then
            kill "${proc#/proc/}" 2>/dev/null || true
        fi
    done
}

# Everything mounted below our folder, the deepest first. With an empty variable this would be the whole machine:
# hence :? and the mark, which only cluster-up.sh writes.
unmount_ours() {
    local point
    for _ in 1 2 3; do
        awk -v below="${dir:?}/" 'length(below) > 3 && index($2, below) == 1 { print $2 }' /proc/self/mounts | sort -r |
            while read -r point; do
                umount "$point" 2>/dev/null || umount -l "$point" 2>/dev/null || true
            done
    done
}

remove_cgroups() {
    local root
    for root in /sys/fs/cgroup /sys/fs/cgroup/*; do
        [ -d "$root/weir-${NETNS:?}" ] || continue
        find "$root/weir-$NETNS" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done
}

restore_sysctls() {
    [ -s "$dir/sysctl.saved" ] || return 0
    sysctl -q -p "$dir/sysctl.saved" || true
    rm -f "$dir/sysctl.saved"
}

stop_node() {
    stop kube-proxy
    stop kubelet
    ! is_alive containerd || end_pods
    stop containerd
    end_shims
    unmount_ours
    remove_cgroups
    restore_sysctls
}

remove_network() {
    [ ! -e "/run/netns/$NETNS" ] || ip netns del "$NETNS"
}
