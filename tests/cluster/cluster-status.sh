#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The processes of a cluster, their memory and CPU: cluster-status.sh [cp|node]
set -euo pipefail
# shellcheck source=tests/cluster/common.sh
. "$(dirname "$0")/common.sh"
is_cluster || die "no cluster of mode $mode in \"$dir\""
ticks=$(getconf CLK_TCK)
printf '%-26s %8s %9s %9s %8s\n' NAME PID RSS_MiB PEAK_MiB CPU_s
for file in "$dir"/pid/*; do
    name=${file##*/}
    if ! is_alive "$name"; then
        printf '%-26s %8s\n' "$name" ended
        continue
    fi
    read -r pid _ <"$file"
    cpu=$(awk -v ticks="$ticks" '{ sub(/^.*\) /, ""); print ($12 + $13) / ticks }' "/proc/$pid/stat")
    awk -v name="$name" -v pid="$pid" -v cpu="$cpu" '/VmRSS/ { rss = $2 / 1024 } /VmHWM/ { peak = $2 / 1024 }
        END { printf "%-26s %8d %9.1f %9.1f %8.2f\n", name, pid, rss, peak, cpu }' "/proc/$pid/status"
done
