"""A real Chromium for the page's tests: the machine's own, else Playwright's.

Rule: `infra/browser-and-fence.sh` looks for the same names, and installs one where there is none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Headless. A test opens its own context in it, so that nobody's cookies meet."""
    own = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=own)
        try:
            yield browser
        finally:
            browser.close()
