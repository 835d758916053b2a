#!/bin/sh
# An OpenBao on this machine, to try a vault out with: infra/vault-here.sh run COMMAND… | stop
# It outlives the command; `make down` stops it. For trying out, not for production: its unseal key lies beside it.
set -eu
cd "$(dirname "$0")/.."
home=${COUNTERSIGN_HOME:-.countersign}/vault-here

say() { printf '%s\n' "$*" >&2; }
runs() { [ -s "$home/pid" ] && kill -0 "$(cat "$home/pid")" 2>/dev/null; }

case ${1-} in
run)
    shift
    if ! runs; then
        rm -f "$home/pid"
        (umask 077 && .venv/bin/python -m tests.stage.servers.vault_here >/dev/null)
    fi
    exec "$@"
    ;;
stop)
    ! runs || kill "$(cat "$home/pid")"
    rm -f "$home/pid"
    ;;
*)
    say "infra/vault-here.sh run COMMAND… | stop"
    exit 2
    ;;
esac
