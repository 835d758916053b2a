#!/bin/sh
# Brings .venv to what a lock says: infra/install.sh run|dev|terraform. Called by make when a lock is newer.
# Exact versions with hashes and no resolver, so that what is installed is what was tested.
set -eu
cd "$(dirname "$0")/.."
lock=$1
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

if [ ! -x .venv/bin/pip ]; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        say "Countersign needs Python 3.11 or newer; $python is $("$python" --version 2>&1)."
        say "Nothing was installed. Name another one: make PYTHON=python3.11 up"
        exit 1
    }
    say "Making a Python environment in .venv"
    "$python" -m venv .venv || {
        say "The environment could not be made. On Debian and Ubuntu: apt install python3-venv"
        exit 1
    }
fi

install() { .venv/bin/pip install --quiet --disable-pip-version-check --no-deps "$@"; }

say "Installing requirements/$lock.txt (takes about a minute the first time)"
install --require-hashes -r "requirements/$lock.txt"
if [ "$lock" != terraform ]; then
    install --no-build-isolation --editable .
    # Once, here: a run can't write into the code's folder, and a machine may be told to keep no bytecode.
    .venv/bin/python -m compileall -q checkpoints flows agents to-tools/to_tools
fi
touch ".venv/installed-$lock"
