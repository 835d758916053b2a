#!/usr/bin/env bash
# What waits for an answer; `countersign inbox` says it, with the same options and exit codes.
set -euo pipefail
# shellcheck source=to-tools/find-countersign.sh
. "$(dirname "${BASH_SOURCE[0]}")/find-countersign.sh"
exec "$countersign" inbox "$@"
