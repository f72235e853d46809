"""By keyboard alone: what has the focus is visible, nothing traps the focus, and it moves in the
order in which the page is read."""

from playwright.sync_api import Page, expect

from tests import cast as people
from tests.accounts.mfa.authenticator import Authenticator
from tests.browser.keyboard import step, walk
from tests.browser.looks import DESK, PHONE
from tests.cast import Cast
from tests.journeys.pages.test_every_page import signed_in
from tests.journeys.walks import frame
from tests.sandbox_process import SandboxProcess


def test_a_manager_pays_two_of_forty_accounts_on_a_phone(
    page: Page, live_server: object, sandbox: SandboxProcess, cast: Cast
) -> None:
    cookie = signed_in(str(live_server), people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
    page.context.add_cookies([cookie])
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/")
    walk(page, "Menu")
    page.keyboard.press("Enter")
    assert walk(page, "Sign out")[:2] == ["Español", "Home"]  # as they stand below each other
    walk(page, "Menu", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="My payments")).to_be_hidden()

    walk(page, "Select all accounts on this page")
    boxes = page.locator("tbody input[name=account]")
    for number in (0, 1):
        while not boxes.nth(number).evaluate("box => box === document.activeElement"):
            assert not step(page)["faults"]
        page.keyboard.press("Space")
    walk(page, "Pay selected")  # every row above the bar, which is always at the bottom
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pay 2 accounts")).to_be_visible()
    assert walk(page, "Continue to payment")[:2] == ["Skip to content", "Springfield Water"]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paying 2 accounts")).to_be_visible()


def test_into_the_frame_of_a_billing_page_and_out_again(
    page: Page, live_server: object, sandbox: SandboxProcess, cast: Cast
) -> None:
    page.context.add_cookies([signed_in(str(live_server))])
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.goto("/billing/bills/")
    expect(frame(page).get_by_role("button", name="Pay selected")).to_be_visible()
    passed = walk(page, "IFRAME")
    assert passed[-3:-1] == ["Open on its own page", "Asked to sign in again?"]
    expect(frame(page).locator(":focus")).to_have_count(1)
    after = [words for words in walk(page, "(217) 555-0100") if words != "IFRAME"]
    assert after == ["(217) 555-0100"]
    walk(page, "Open on its own page", "Shift+Tab")

    # The dialog before a session ends, over all of it.
    page.evaluate("document.querySelector('[data-session]').showModal()")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Stay signed in")).to_be_focused()
    reached = {(step(page) or {"words": ""})["words"] for _ in range(6)}
    assert {"Stay signed in", "Sign out"} <= reached <= {"Stay signed in", "Sign out", ""}
    dialog.get_by_role("button", name="Stay signed in").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Open on its own page")).to_be_focused()


def test_a_passkey_is_removed(page: Page, live_server: object, cast: Cast) -> None:
    Authenticator().known_for(cast.laundry)
    page.context.add_cookies([signed_in(str(live_server))])
    page.goto("/accounts/sign-in/passkeys/")
    walk(page, "Remove")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Remove this passkey?")).to_be_visible()
    walk(page, "Current password")
    page.keyboard.type(people.LAUNDRY_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You have no passkeys yet.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Passkey removed.")).to_be_visible()
