#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of a build over and over, and counts: a test that passes nearly always is to be found, not lived with.
#   tests/tools/repeat.sh [--build DIRECTORY] [--jobs N] [--load] [--seconds S] TIMES [REGEX]
# Each test (whose name REGEX matches) runs until it has run TIMES times; what has run is remembered, so that a further
# call goes on where one ended or was stopped. --load keeps every core busy beside it, with counts of its own. --seconds
# begins no round after so many seconds. Of DIRECTORY (build/asan) repeat[-load]/ has: runs, a line for each run; counts,
# a line for each test; failed-*, the output of the rounds that failed. Exits with 1 where any run has failed.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/asan jobs=$(nproc) load='' seconds=''
while [ $# -gt 0 ]; do
    case $1 in
    --build) build=$2 && shift 2 ;;
    --jobs) jobs=$2 && shift 2 ;;
    --seconds) seconds=$2 && shift 2 ;;
    --load) load=-load && shift ;;
    *) break ;;
    esac
done
times=${1:?usage: repeat.sh [--build DIRECTORY] [--jobs N] [--load] [--seconds S] TIMES [REGEX]}
regex=${2:-.}
folder=$build/repeat$load
mkdir -p "$folder"
touch "$folder/runs"
before=$(grep -c ' skipped ' "$folder/runs" || true) # what was skipped in an earlier call may be there now

# With the API server that is at hand, as .ci/run does it.
if [ -z "${K8S_TOOLS:-}" ]; then
    where=$(bash tests/cluster/build-kubernetes.sh --where)
    [ ! -e "$where/.key" ] || export K8S_TOOLS=$where
fi

# A busy loop for each core. They end with the round, and by themselves where nothing ends them.
spinners=()
start_load() {
    local core
    for core in $(seq "$(nproc)"); do
        timeout 3600 sh -c 'while :; do :; done' "spinner $core" &
        spinners+=($!)
    done
}
stop_load() {
    [ "${#spinners[@]}" = 0 ] || kill "${spinners[@]}" 2>/dev/null || true
    spinners=()
}
trap stop_load EXIT

due() { # the names of the tests that have not run often enough
    ctest --test-dir "$build" -N -R "$regex" | sed -n 's/^ *Test *#[0-9]*: //p' |
        awk -v times="$times" -v before="$before" -v runs="$folder/runs" '
            BEGIN {
                while ((getline line < runs) > 0) {
                    split(line, words, " ")
                    ran[words[1]] += words[2] != "skipped" ? 1 : ++number > before ? times : 0
                }
            }
            ran[$1] < times'
}

record() { # ctest's output: a line of runs for each test, as it ends
    local line result
    while IFS= read -r line; do
        [[ $line =~ ^\ *[0-9]+/[0-9]+\ Test\ +#[0-9]+:\ ([^\ ]+).*\ ([0-9.]+)\ sec ]] || continue
        case $line in
        *'***Skipped'*) result=skipped ;;
        *' Passed '*) result=passed ;;
        *) result=failed ;;
        esac
        echo "${BASH_REMATCH[1]} $result ${BASH_REMATCH[2]}" >>"$folder/runs"
    done
}

count() {
    awk '{ seen[$1]; n[$1, $2]++; if ($3 > longest[$1]) longest[$1] = $3 }
        END { for (name in seen) printf "%-48s %4d passed %3d failed %3d skipped, at most %s s\n", name,
            n[name, "passed"], n[name, "failed"], n[name, "skipped"], longest[name] }' "$folder/runs" | sort >"$folder/counts"
}

while mapfile -t names < <(due) && [ "${#names[@]}" -gt 0 ]; do
    [ -z "$seconds" ] || [ "$SECONDS" -lt "$seconds" ] || break
    log=$folder/failed-$(wc -l <"$folder/runs")
    [ -z "$load" ] || start_load
    bash .ci/ctest.sh "$build" -j "$jobs" -R "^($(IFS='|' && echo "${names[*]}"))\$" 2>&1 | tee "$log" | record || true
    stop_load
    grep -q '^100% tests passed' "$log" && rm "$log"
    count
    echo "repeat: $(date +%T), $(wc -l <"$folder/runs") runs, $(grep -c ' failed ' "$folder/runs" || true) failed"
done
cat "$folder/counts"
! grep -q ' failed ' "$folder/runs"
