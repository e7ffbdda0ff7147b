#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make e2e`: Kubernetes from its Go modules (once; kept outside the tree), then the checks on a control plane, then on a
# real node. E2E_MODES="cp" leaves out the node, ONLY="words" all checks but those with these words.
# Without Go 1.26 there is no Kubernetes to test with: said, and no failure, unless E2E_REQUIRED=1.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:?usage: run.sh BINARY}

ret=0
bash tests/cluster/build-kubernetes.sh || ret=$?
if [ "$ret" = 3 ] && [ "${E2E_REQUIRED:-0}" != 1 ]; then
    echo "e2e: SKIPPED: no Go 1.26 here, so no Kubernetes to test with"
    exit 0
fi
[ "$ret" = 0 ] || exit "$ret"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
if [ -z "${ONLY:-}" ]; then
    echo "e2e: the controller"
    K8S_TOOLS=$(bash tests/cluster/build-kubernetes.sh --where) WEIR=$binary \
        python3 tests/integration/test_controller.py 2>&1 | tee -a "$log" || failed=1
fi
for mode in ${E2E_MODES:-cp node}; do
    echo "e2e: mode $mode"
    python3 tests/e2e/run.py --mode "$mode" --only "${ONLY:-}" --logs "${E2E_LOGS:-build/e2e-logs}/$mode" "$binary" |
        tee -a "$log" || failed=1
done
awk '/^ok    | \.\.\. ok$/ { passed++ } /^FAIL  | \.\.\. (FAIL|ERROR)$/ { failed++ }
    END { printf "e2e: %d passed, %d failed\n", passed, failed }' "$log"
exit "$failed"
