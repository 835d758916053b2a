#!/usr/bin/env bash
# Asks at the desk for the way back in production; `countersign rollback` does it, with the same exit codes.
set -euo pipefail

usage() {
    cat <<'HELP'
Usage: rollback-production.sh PROJECT

Asks at the desk to put the release before the present one back into production. It needs a second factor.
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
    printf 'One project at a time.\nSee: rollback-production.sh --help\n' >&2
    exit 2
}

# shellcheck source=to-tools/find-countersign.sh
. "$(dirname "${BASH_SOURCE[0]}")/find-countersign.sh"
exec "$countersign" rollback -- production "$1"
