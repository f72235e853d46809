"""Which Chromium drives the tests; deploy/browser.sh looks for the same."""

import shutil
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

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

AXE = Axe().axe_script
BORROW_AXE = """() => {
  try {
    window.axe ?? opener.axeFor(window);
    return true;
  } catch {
    return false;
  }
}"""


def program() -> str | None:
    """Returns the path of the first one installed here; None leaves it to Playwright."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def open_first_window(context: BrowserContext) -> None:
    """A page of the portal's site, without the policies that windows take over from an opener. It
    lends axe to those it opens, which takes half as long where it has run before."""
    first = context.new_page()
    headers = {"Cross-Origin-Opener-Policy": "same-origin"}  # as all pages, else they would part
    first.route("**", lambda route: route.fulfill(headers=headers, content_type="text/html"))
    first.goto("/")
    first.unroute_all()
    first.evaluate(f"() => {{ window.axeFor = (window) => {{ {AXE} }}; }}")


def open_window(context: BrowserContext) -> Page:
    """Opened by the first window."""
    first = context.pages[0]
    with first.expect_popup() as opened:
        first.evaluate("() => { open('about:blank'); }")
    return opened.value


def load_axe(page: Page) -> None:
    """From the first window, unless another one opened the page, or it has been at another site."""
    if not page.evaluate(BORROW_AXE):
        page.evaluate(AXE)


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
