#!/bin/sh
# Makes sure of what `make test` needs beyond Python: a Chromium for the page, bubblewrap for the fence.
# Takes what is there and works; else, as root on Debian, its packages; else Playwright's browser. Says what it does.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

# It is started once: a browser whose libraries are missing is none.
has_browser() {
    .venv/bin/python - >/dev/null 2>&1 <<'PYTHON'
from tests.acceptance.browser import running_browser
with running_browser():
    pass
PYTHON
}

has_fence() {
    [ "$(uname)" != Linux ] || { has bwrap && bwrap --ro-bind / / --unshare-pid --proc /proc -- /bin/true; }
}

missing=
has_browser || missing="chromium"
has bwrap || [ "$(uname)" != Linux ] || missing="$missing bubblewrap"

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && has apt-get; then
    say "Installing from Debian's packages: $missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # two words, two packages
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >&2
elif has_browser; then
    :
else
    say "Installing Playwright's Chromium (in its own cache, outside of this folder)"
    .venv/bin/playwright install chromium
fi

has_browser || {
    say "Chromium does not start, so the page's tests can't run and the tests were not started."
    say "As root: apt install chromium, or .venv/bin/playwright install-deps chromium"
    exit 1
}
has_fence || {
    say "bubblewrap is missing or may not make namespaces, so the fence's tests can't run and none were started."
    say "As root: apt install bubblewrap (or dnf, pacman, apk); on Ubuntu 24.04 and newer also"
    say "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    exit 1
}
