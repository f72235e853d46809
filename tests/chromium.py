"""Which Chromium drives the tests; deploy/browser.sh looks for the same."""

import shutil
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

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
    # What one page has compiled of a script need not be compiled for the next.
    "--process-per-site",
)


def program() -> str | None:
    """Returns the path of the first one installed here; None leaves it to Playwright."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def leave_nothing(context: BrowserContext) -> None:
    """Closes all windows but the first, and forgets cookies, routes, permissions, what pages have
    stored, and what they have loaded: as a new context, which would have to start a process.

    Nothing takes back `add_init_script` and `expose_function` of a context: use a page's."""
    first, *others = context.pages
    for window in others:
        window.close()
    context.unroute_all()
    context.clear_cookies()
    context.clear_permissions()
    parts, told = urlsplit(first.url), context.new_cdp_session(first)
    origin = f"{parts.scheme}://{parts.netloc}"
    told.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    told.send("Network.clearBrowserCache")
    told.detach()
