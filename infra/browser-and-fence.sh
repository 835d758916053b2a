#!/bin/sh
# Makes sure of what `make test` needs beyond Python: a Chromium for the page, bubblewrap for the fence.
# Takes what is there; else, as root on Debian, its packages; else Playwright's browser. Says what it does.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

has_browser() {
    has chromium || has chromium-browser || has google-chrome ||
        .venv/bin/python - <<'PYTHON'
import sys
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not Path(playwright.chromium.executable_path).exists())
PYTHON
}

missing=
has_browser || missing="chromium"
has bwrap || [ "$(uname)" != Linux ] || missing="$missing bubblewrap"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && has apt-get; then
    say "Installing from Debian's packages: $missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # two words, two packages
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >&2
    exit 0
fi
case $missing in
*chromium*)
    say "Installing Playwright's Chromium (in its own cache, outside of this folder)"
    .venv/bin/playwright install chromium
    ;;
esac
case $missing in
*bubblewrap*)
    say "bubblewrap is missing, and only root can install it: apt install bubblewrap (or dnf, pacman, apk)."
    say "Without it the tests of the fence can't run, so the tests were not started."
    exit 1
    ;;
esac
