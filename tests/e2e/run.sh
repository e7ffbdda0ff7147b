#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make e2e`: Kubernetes from its Go modules (once; kept outside the tree), then the tests that want an API server alone,
# then the checks on a control plane, then on a real node.
#   E2E_MODES="api cp node"   which of these three
#   ONLY="words"              no checks but those with these words
#   E2E_REQUIRED=1            what cannot run on this machine (no Go 1.26, no module proxy, no right to make a network
#                             namespace) is a failure; else it is said, and none
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:?usage: run.sh BINARY}")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

skip() { # SENTENCE
    echo "e2e: SKIPPED: $1" | tee -a "$log"
    [ "${E2E_REQUIRED:-0}" != 1 ] || failed=1
}

test_api() { # those of tests/integration that need nothing but an API server
    local name
    for name in test_controller test_cluster test_follow; do
        echo "e2e: $name"
        K8S_TOOLS=$tools WEIR=$binary python3 "tests/integration/$name.py" -v 2>&1 | tee -a "$log" || failed=1
    done
}

test_mode() { # MODE
    local ret=0
    bash tests/cluster/can-run.sh "$1" || ret=$?
    if [ "$ret" = 3 ]; then
        skip "mode $1: this machine does not allow it, see above"
        return
    fi
    [ "$ret" = 0 ] || exit "$ret"
    [ "$1" != node ] || bash .ci/image.sh
    echo "e2e: mode $1, Kubernetes ${K8S:-1.36}"
    python3 tests/e2e/run.py --mode "$1" --only "${ONLY:-}" --logs "${E2E_LOGS:-build/e2e-logs}/$1" "$binary" |
        tee -a "$log" || failed=1
}

ret=0
bash tests/cluster/build-kubernetes.sh || ret=$?
if [ "$ret" = 3 ]; then
    skip "no Kubernetes to test with, see above"
    exit "$failed"
fi
[ "$ret" = 0 ] || exit "$ret"
tools=${K8S_TOOLS:-$(bash tests/cluster/build-kubernetes.sh --where)}

for mode in ${E2E_MODES:-api cp node}; do
    began=$SECONDS
    case $mode in
    api) [ -n "${ONLY:-}" ] || test_api ;;
    *) test_mode "$mode" ;;
    esac
    echo "e2e: $mode took $((SECONDS - began)) s"
done
awk '/^ok    |^ok$| \.\.\. ok$/ { passed++ } /^FAIL  | \.\.\. (FAIL|ERROR)$/ { failed++ } /^e2e: SKIPPED/ { print }
    END { printf "e2e: %d passed, %d failed\n", passed, failed }' "$log"
exit "$failed"
