"""Which Chromium drives the tests; deploy/browser.sh looks for the same."""

import shutil

# Without windows it needs a quarter of the CPU of the whole browser.
HEADLESS = "chromium-headless-shell"
PROGRAMS = (HEADLESS, "chromium", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str | None:
    """Returns the path of the first one installed here; None leaves it to Playwright."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)
