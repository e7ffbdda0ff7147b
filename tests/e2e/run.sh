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

failed=0
# Where the Kubernetes binaries are is the cluster scripts' to say.
echo "e2e: the controller"
K8S_TOOLS=$(bash -c 'set -euo pipefail; . tests/cluster/common.sh cp; echo "$tools"') WEIR=$binary \
    python3 tests/integration/test_controller.py || failed=1
for mode in ${E2E_MODES:-cp node}; do
    echo "e2e: mode $mode"
    python3 tests/e2e/run.py --mode "$mode" --only "${ONLY:-}" "$binary" || failed=1
done
exit "$failed"
