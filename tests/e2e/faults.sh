#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make e2e-faults`: Kubernetes from its Go modules (once; kept outside the tree), then the faults, one after the other.
#   faults.sh BINARY [NAME...]     only the faults of these names; faults.py --list has them
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:?usage: faults.sh BINARY [NAME...]}
shift
only=()
for name in "$@"; do
    only+=(--fault "$name")
done
bash tests/cluster/can-run.sh node
bash tests/cluster/build-kubernetes.sh
exec python3 tests/e2e/faults.py --logs "${E2E_LOGS:-build/e2e-logs}/faults" "${only[@]}" "$binary"
