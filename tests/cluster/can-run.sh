#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# May such a cluster run on this machine? can-run.sh [cp|node]: 0, or 3 with the first thing that is not allowed here.
# Only rights of the kernel and of the user are asked for: with those, a cluster that does not start is a failure.
set -euo pipefail
mode=${1:-cp}
scratch=$(mktemp -d)
probe=weir-probe-$$

cannot() { # SENTENCE
    echo "cluster: mode $mode cannot run here: $1" >&2
    [ ! -s "$scratch/said" ] || sed 's/^/cluster:   /' "$scratch/said" >&2
    exit 3
}

tidy_up() {
    local root
    ! mountpoint -q "$scratch/merged" || umount "$scratch/merged"
    [ ! -e "/run/netns/$probe" ] || ip netns delete "$probe"
    for root in /sys/fs/cgroup /sys/fs/cgroup/*; do
        [ ! -d "$root/$probe" ] || find "$root/$probe" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    done
    rm -rf --one-file-system "${scratch:?}"
}
trap tidy_up EXIT

may() { # SENTENCE COMMAND...
    local sentence=$1 ret=0
    shift
    set +e # or the first failure in the command would not end it
    (set -e && "$@") >"$scratch/said" 2>&1
    ret=$?
    set -e
    [ "$ret" = 0 ] || cannot "$sentence"
}

# The webhook listens at the address of its Service.
may_listen() {
    python3 -c 'import socket; socket.create_server(("127.126.0.10", 443)).close()'
}

make_network() {
    local inside=(nsenter "--net=/run/netns/$probe")
    ip netns add "$probe"
    "${inside[@]}" ip link set lo up
    "${inside[@]}" ip link add node0 type bridge
    "${inside[@]}" ip link add veth0 type veth peer name veth1
    "${inside[@]}" ip link set veth0 master node0
    "${inside[@]}" sysctl -qw net.ipv4.ip_forward=1
    "${inside[@]}" iptables -t nat -A OUTPUT -d 10.96.0.1 -p tcp -j DNAT --to-destination 127.0.0.1:6443
}

mount_overlay() {
    mkdir -p "$scratch"/{lower,upper,work,merged}
    mount -t overlay overlay -o "lowerdir=$scratch/lower,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/merged"
}

# As containerd would: namespaces, cgroups with limits, seccomp and mounts are all asked for at once.
run_container() {
    local bundle=$scratch/bundle
    mkdir -p "$bundle/rootfs"
    printf '#include <unistd.h>\nint main(void) { return getpid() == 1 ? 0 : 1; }\n' >"$scratch/first.c"
    gcc -static -o "$bundle/rootfs/first" "$scratch/first.c"
    (cd "$bundle" && runc spec)
    python3 - "$bundle/config.json" "$probe" <<'PYTHON'
import json, sys
path, probe = sys.argv[1:]
with open(path) as file:
    spec = json.load(file)
spec["process"].update(terminal=False, args=["/first"])
spec["process"].pop("oomScoreAdj", None)
spec["process"].pop("rlimits", None)
spec["linux"]["cgroupsPath"] = "/" + probe + "/first"
spec["linux"]["resources"]["memory"] = {"limit": 64 << 20}
with open(path, "w") as file:
    json.dump(spec, file)
PYTHON
    runc --root "$scratch/runc" run --bundle "$bundle" "$probe" </dev/null
}

may "no listening on port 443 of a loopback address" may_listen
[ "$mode" = node ] || exit 0
[ "$(id -u)" = 0 ] || cannot "not root"
may "no network namespace with a bridge and address translation" make_network
may "no overlay file system" mount_overlay
may "runc starts no container" run_container
# Without it nothing can be built for the node to run: buildah's RUN, and debootstrap.
may "no device files" mknod "$scratch/null" c 1 3
