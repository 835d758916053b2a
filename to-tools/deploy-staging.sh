#!/usr/bin/env bash
# Asks at the desk to deploy a project's release to staging; `countersign deploy` does it, with the same exit codes.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: deploy-staging.sh PROJECT

Builds the project's release anew, runs its tests, and asks at the desk to deploy it to staging.
What it asks has a number; see it with: countersign project show PROJECT

Exit codes: 0 asked for, 1 unexpected, 2 typed wrong, 3 refused as it is, 4 not your call, 5 too late,
            6 not available now.
HELP
}

case "${1-}" in
    -h | --help)
        usage
        exit 0
        ;;
    '' | -*)
        usage >&2
        exit 2
        ;;
esac
[ $# -eq 1 ] || {
    printf 'One project at a time.\nSee: deploy-staging.sh --help\n' >&2
    exit 2
}

# shellcheck source=to-tools/find-countersign.sh
. "$(dirname "${BASH_SOURCE[0]}")/find-countersign.sh"
exec "$countersign" deploy -- staging "$1"
