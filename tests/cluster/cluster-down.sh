#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ends a cluster of cluster-up.sh, and only what that started: cluster-down.sh [cp|node] [--purge]
# --purge also removes its folder. A cluster that does not run, or is not there, is no error.
set -euo pipefail
purge=${2:-}
# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"
if ! is_cluster; then
    [ ! -e "$dir" ] || [ -z "$(ls -A "$dir")" ] || die "\"$dir\" is no cluster of mode $mode: nothing done"
    exit 0
fi
if [ "$mode" = node ]; then
    # shellcheck source=tests/cluster/node-down.sh
    . "$here/node-down.sh"
    stop_node
fi
for process in fakenode kube-scheduler kube-controller-manager kube-apiserver etcd registry; do
    stop "$process"
done
[ "$mode" != node ] || remove_network
if [ "$purge" = --purge ]; then
    rm -rf --one-file-system "${dir:?}"
fi
