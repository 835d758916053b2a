#!/bin/sh
# A stand-in for Slack on this machine: infra/slack-here.sh run COMMAND… (which is told its address) | stop
# It outlives the command; `make down` stops it.
set -eu
cd "$(dirname "$0")/.."
home=${COUNTERSIGN_HOME:-.countersign}/slack-here
port=${SLACK_PORT:-8730}

say() { printf '%s\n' "$*" >&2; }
runs() { [ -s "$home/pid" ] && kill -0 "$(cat "$home/pid")" 2>/dev/null; }

start() {
    (umask 077 && mkdir -p "$home")
    chmod 700 "$home"
    rm -f "$home/pid"
    .venv/bin/python -m tests.fakes.slack --detach --port "$port" --home "$home" \
        >"$home/log" 2>&1 </dev/null &
    for _ in $(seq 100); do
        ! grep -q '^The stand-in' "$home/log" || return 0
        sleep 0.1
    done
    say "The stand-in for Slack did not start; nothing else was started. See $home/log"
    exit 1
}

case ${1-} in
run)
    shift
    runs || start
    say "  Slack      $(sed 's/^.*: //' "$home/log") (a stand-in, to press buttons without a workspace)"
    set -a
    # shellcheck source=/dev/null # written when the stand-in starts
    . "$home/environment"
    set +a
    exec "$@"
    ;;
stop)
    ! runs || kill "$(cat "$home/pid")"
    rm -f "$home/pid"
    ;;
*)
    say "infra/slack-here.sh run COMMAND… | stop"
    exit 2
    ;;
esac
