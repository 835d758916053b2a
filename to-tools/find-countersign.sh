# Sourced by the scripts beside it: the `countersign` of this desk, in $countersign.
# shellcheck shell=bash
# The one beside this script first: a PATH may lead to another desk's.
countersign="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.venv/bin/countersign"
if [ ! -x "$countersign" ] && ! countersign=$(command -v countersign); then
    printf 'countersign is not installed here. In the folder of the desk, type: make up\n' >&2
    exit 6
fi
