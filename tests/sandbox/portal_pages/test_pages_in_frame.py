"""The pages in a frame of another site, used in Chromium."""

import html
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.looks import PHONE, RULES, assert_no_sideways_scroll
from tests.sandbox.pages import cloud_payments, token_of
from tests.sandbox_process import SandboxProcess

FRAME = (
    "<!doctype html><title>Portal</title>"
    '<iframe name="billing" title="Billing" {} width="900" height="900"></iframe>'
)
OPEN = (
    '<form method="post" action="{action}" target="billing">'
    '<input type="hidden" name="RemoteAuthenticationToken" value="{token}">'
    '<input type="hidden" name="ViewMode" value="1">'
    '<input type="hidden" name="RedirectID" value="{section}">'
    "<button>Open</button></form>"
)


class Portal(ThreadingHTTPServer):
    """A page on `localhost`, another site than the sandbox (127.0.0.1), and the return page."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.shown = ""
        self.returns: list[str] = []
        self.url = f"http://localhost:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Portal

    def do_GET(self) -> None:
        if self.path.startswith("/back"):
            self.server.returns.append(self.command)
            self.say("<h1>Back at the portal</h1>")
        else:
            self.say(self.server.shown)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.do_GET()

    def say(self, page: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page.encode())))
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def window(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="en-US")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def frame_hosted_page(portal: Portal, window: Page, address: str) -> FrameLocator:
    portal.shown = FRAME.format(f'src="{html.escape(address)}"')
    window.goto(portal.url)
    return window.frame_locator("iframe")


def frame_section(
    sandbox: SandboxProcess, portal: Portal, window: Page, email: str, section: int
) -> FrameLocator:
    action, token = f"{sandbox.url}/cloudssoconnect", token_of(sandbox, email)
    portal.shown = FRAME.format("") + OPEN.format(action=action, token=token, section=section)
    window.goto(portal.url)
    window.get_by_role("button", name="Open").click()
    return window.frame_locator("iframe")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_payment_is_made_in_the_frame_and_returns_to_it(
    sandbox: SandboxProcess, portal: Portal, window: Page, method: str
) -> None:
    sandbox.control("POST", "/_control/api/postback-settings", {"return_method": method})
    address = cloud_payments(sandbox, ReturnURL=f"{portal.url}/back")
    frame = frame_hosted_page(portal, window, address)
    frame.get_by_label("Amount").fill("50.00")
    expect(frame.get_by_text("Amount: $50.00")).to_be_visible()
    frame.get_by_label("Card number").fill("4111 1111 1111 1111")
    frame.get_by_label("Expires").fill("08/35")
    frame.get_by_label("Security code").fill("123")
    frame.get_by_role("button", name="Pay", exact=True).click()
    expect(frame.get_by_text("✓ Approved")).to_be_visible()
    frame.get_by_role("link", name="Return to Springfield Water").click()
    expect(frame.get_by_role("heading", name="Back at the portal")).to_be_visible()

    assert portal.returns == [method]
    assert window.url == f"{portal.url}/"
    assert sandbox.customer("10000101")["balance"] == "34.20"


def test_the_browser_returns_by_itself(
    sandbox: SandboxProcess, portal: Portal, window: Page
) -> None:
    address = cloud_payments(sandbox, ReturnURL=f"{portal.url}/back")
    frame = frame_hosted_page(portal, window, address)
    frame.get_by_role("button", name="Approve").click()
    expect(frame.get_by_role("heading", name="Back at the portal")).to_be_visible(timeout=30_000)


def test_a_declined_payment_is_tried_again(
    sandbox: SandboxProcess, portal: Portal, window: Page
) -> None:
    frame = frame_hosted_page(portal, window, cloud_payments(sandbox))
    frame.get_by_role("button", name="Decline").click()
    expect(frame.get_by_text("Insufficient funds")).to_be_visible()
    frame.get_by_role("link", name="Try again").click()
    frame.get_by_role("button", name="Approve").click()
    expect(frame.get_by_text("✓ Approved")).to_be_visible()
    assert sandbox.customer("10000101")["balance"] == "0.00"


def test_the_bills_are_paid_in_the_frame_without_cookies(
    sandbox: SandboxProcess, portal: Portal, window: Page
) -> None:
    frame = frame_section(sandbox, portal, window, "laundry@example.com", 1)
    expect(frame.get_by_role("heading", name="Open invoices")).to_be_visible()
    frame.get_by_role("button", name="Pay selected").click()
    frame.get_by_label("Checking ending in 6789").check()
    frame.get_by_role("button", name="Pay", exact=True).click()
    expect(frame.get_by_text("✓ Approved")).to_be_visible()
    assert sandbox.customer("10000101")["balance"] == "0.00"
    assert window.context.cookies() == []


def test_a_settings_page_is_used_in_the_frame(
    sandbox: SandboxProcess, portal: Portal, window: Page
) -> None:
    frame = frame_section(sandbox, portal, window, "laundry@example.com", 2)
    frame.get_by_label("Paperless for account 10000101").check()
    frame.get_by_role("button", name="Save").click()
    expect(frame.get_by_text("Your paperless choice is saved.")).to_be_visible()
    assert sandbox.customer("10000101")["paperless"] is True


@pytest.mark.parametrize("path", ["/", "/_control/", "/_inbox/"])
def test_the_sandboxs_own_pages_are_accessible_and_fit_a_phone(
    sandbox: SandboxProcess, window: Page, path: str
) -> None:
    window.set_viewport_size(PHONE)  # type: ignore[arg-type]
    window.goto(sandbox.url + path)
    assert_fit(window)


@pytest.mark.parametrize("section", [1, 2, 3, 5, 9, 11])
@pytest.mark.parametrize("email", ["laundry@example.com", "manager@example.com"])
def test_the_portal_pages_are_accessible_and_fit_a_phone(
    sandbox: SandboxProcess, portal: Portal, window: Page, section: int, email: str
) -> None:
    frame_section(sandbox, portal, window, email, section)
    window.frame_locator("iframe").get_by_role("heading", level=1).wait_for()
    address = window.frames[1].url
    window.set_viewport_size(PHONE)  # type: ignore[arg-type]
    window.goto(address)
    assert_fit(window)


def test_the_payment_page_is_accessible_and_fits_a_phone(
    sandbox: SandboxProcess, window: Page
) -> None:
    window.set_viewport_size(PHONE)  # type: ignore[arg-type]
    window.goto(cloud_payments(sandbox, ReturnURL="", ViewMode=0))
    assert_fit(window)
    window.get_by_role("button", name="Pay", exact=True).click()
    window.get_by_text("Use a test card number").wait_for()
    assert_fit(window)
    window.get_by_role("button", name="Approve").click()
    window.get_by_text("✓ Approved").wait_for()
    assert_fit(window)


def assert_fit(window: Page) -> None:
    found = Axe().run(window, options=RULES).response["violations"]
    assert not [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found]
    assert_no_sideways_scroll(window)
