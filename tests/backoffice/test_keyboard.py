"""The work of staff by keyboard alone: no mouse, and what has the focus is always seen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import LinkedAccount, SecondFactor, User, UtilityAccount
from icsso.billers.models import Biller
from payments.models import Postback
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import Resolution
from posting.models import PostingColumn
from tests.accounts.codes import code_of
from tests.backoffice.admin_addresses import one_of_everything
from tests.backoffice.test_looks import sign_in
from tests.browser.keyboard import step, walk
from tests.browser.looks import DESK
from tests.cast import API_KEY, BILLER_GUID, STAFF_PASSWORD, Cast, staff
from tests.payments.reconciliation.lists import csv_file, line_of, paid, strange
from tests.sandbox_process import SandboxProcess

MOBILE = {"width": 390, "height": 800}
OPEN = "details[data-menu][open], [popover]:popover-open"

records = pytest.fixture(one_of_everything)


@pytest.fixture
def clerk(page: Page, records: Cast) -> Page:
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    sign_in(page, User.objects.get(email="administrator@springfield-water.example"))
    return page


def enter(page: Page, words: str, key: str = "Tab") -> list[str]:
    """Goes to what has these words, and presses Enter there."""
    passed = walk(page, words, key)
    page.keyboard.press("Enter")
    return passed


def test_from_signing_in_to_an_account_unlinked(page: Page, cast: Cast) -> None:
    page.goto("/admin/")
    page.keyboard.type(staff("administrator", cast.biller).email)  # the field has the focus
    step(page)
    page.keyboard.type(STAFF_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    enter(page, "Skip to main content")
    assert step(page)["words"] != "Member portal"  # it is behind
    walk(page, "Account number, name, email, or reference", "Shift+Tab")
    page.keyboard.type("10000101")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="10000101", exact=True)).to_be_visible()
    enter(page, "Unlink")
    expect(page.get_by_role("heading", name="Unlink")).to_be_visible()
    walk(page, "Reason")
    page.keyboard.press("Enter")  # sent without one
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_attribute("aria-invalid", "true")
    walk(page, "Reason")
    page.keyboard.type("Sold the house")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Done: Unlink.")).to_be_visible()
    assert not LinkedAccount.objects.filter(account__account_number="10000101").exists()


def type_password(page: Page, person: User) -> None:
    page.goto("/admin/")
    page.keyboard.type(person.email)
    step(page)
    page.keyboard.type(STAFF_PASSWORD)
    page.keyboard.press("Enter")


def test_signing_in_with_a_code_and_with_a_recovery_code(page: Page, cast: Cast) -> None:
    person = staff("administrator", cast.biller)
    factor = SecondFactor.objects.create(user=person, key="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    (recovery, *_others) = factor.new_recovery_codes()
    type_password(page, person)
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type(code_of(factor.key))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()
    enter(page, "Signed in as")
    enter(page, "Sign out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    type_password(page, person)
    expect(page.get_by_label("Code")).to_be_focused()
    enter(page, "Use a recovery code")
    expect(page.get_by_label("Recovery code")).to_be_focused()
    page.keyboard.type(recovery)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()


def test_a_one_time_link_is_sent(clerk: Page, cast: Cast, mailoutbox: list[object]) -> None:
    clerk.goto(f"/admin/accounts/member/{cast.laundry.pk}/change/")
    enter(clerk, "Send password reset email")
    expect(clerk.get_by_role("heading", name="Send password reset email")).to_be_visible()
    walk(clerk, "Cancel")
    step(clerk, "Shift+Tab")
    clerk.keyboard.press("Space")
    expect(clerk.get_by_text("Done: Send password reset email.")).to_be_visible()
    assert len(mailoutbox) == 1


def test_a_list_is_filtered_sorted_and_acted_on(clerk: Page) -> None:
    clerk.goto("/admin/icsso/announcement/")
    enter(clerk, "Kind")
    assert clerk.locator(OPEN).count() == 1
    clerk.keyboard.press("Escape")
    assert clerk.locator(OPEN).count() == 0
    expect(clerk.locator("summary", has_text="Kind")).to_be_focused()
    clerk.keyboard.press("Space")
    walk(clerk, "Select all objects on this page for an action")  # beyond the menu
    assert clerk.locator(OPEN).count() == 0
    enter(clerk, "Kind", "Shift+Tab")
    enter(clerk, "Notice")
    expect(clerk.get_by_text("Nothing here.")).to_be_visible()
    enter(clerk, "Show all")
    expect(clerk.get_by_text("1 announcement")).to_be_visible()
    walk(clerk, "---------")
    clerk.keyboard.press("ArrowDown")
    walk(clerk, "Select all objects on this page for an action")
    clerk.keyboard.press("Space")
    enter(clerk, "Go", "Shift+Tab")
    expect(clerk.get_by_role("heading", name="Delete", exact=True)).to_be_visible()
    walk(clerk, "Cancel")
    step(clerk, "Shift+Tab")
    clerk.keyboard.press("Enter")
    expect(clerk.get_by_text("Successfully deleted 1 announcement.")).to_be_visible()
    clerk.goto("/admin/accounts/utilityaccount/")
    enter(clerk, "Service address")
    expect(clerk.get_by_role("columnheader", name="Service address")).to_have_attribute(
        "aria-sort", "ascending"
    )


def test_a_menu_is_closed_when_the_focus_goes_on(clerk: Page) -> None:
    clerk.goto("/admin/payments/payment/")
    enter(clerk, "Signed in as")
    walk(clerk, "Sign out")
    assert clerk.locator(OPEN).count() == 1
    step(clerk)
    assert clerk.locator(OPEN).count() == 0
    clerk.set_viewport_size(MOBILE)  # type: ignore[arg-type]
    clerk.goto("/admin/payments/payment/")
    enter(clerk, "Menu")
    assert walk(clerk, "Reports")[0] == "Home"
    clerk.keyboard.press("Escape")
    expect(clerk.get_by_role("button", name="Menu")).to_be_focused()
    clerk.keyboard.press("Enter")
    walk(clerk, "Member portal")  # the first one after it, which it would hide
    assert clerk.locator(OPEN).count() == 0


def test_a_postback_is_decided(clerk: Page) -> None:
    doubtful = Postback.objects.get(verdict="review")
    clerk.goto(f"/admin/payments/postback/{doubtful.pk}/review/")
    walk(clerk, "Reject: the customer's receipt says not paid")
    clerk.keyboard.press("ArrowDown")
    clerk.keyboard.press("ArrowUp")
    walk(clerk, "Save the decision")
    clerk.keyboard.press("Space")
    expect(clerk.get_by_role("alert").first).to_be_focused()
    walk(clerk, "Why")
    clerk.keyboard.type("The bank knows of no payment.")
    enter(clerk, "Save the decision")
    expect(clerk.get_by_text("Nothing to decide.")).to_be_visible()


def test_a_list_of_accounts_is_imported(clerk: Page, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("account_number,name,zip\n10000777,Zoe Park,62701\n")
    clerk.on("filechooser", lambda chooser: chooser.set_files(file))  # long before it opens
    clerk.goto("/admin/cis/accountimport/add/")
    walk(clerk, "File")
    clerk.keyboard.press("Enter")
    expect(clerk.get_by_label("File", exact=True)).to_have_value(re.compile("accounts.csv$"))
    enter(clerk, "Preview changes")
    expect(clerk.get_by_text("Nothing has been changed yet.")).to_be_visible()
    enter(clerk, "Import now")
    expect(clerk.locator(".messagelist .success")).to_be_visible()
    assert UtilityAccount.objects.filter(account_number="10000777").exists()


def test_columns_of_a_payment_file_change_places(clerk: Page, records: Cast) -> None:
    layout = records.biller.posting_layout
    columns = PostingColumn.objects.filter(layout=layout, record="line").order_by("position")
    first, second = [column.field for column in columns[:2]]
    clerk.goto(f"/admin/posting/postinglayout/{layout.pk}/change/")
    walk(clerk, "Order")
    clerk.keyboard.press("Control+a")
    clerk.keyboard.type("25")
    clerk.keyboard.press("Enter")  # saves: the button is many fields away
    expect(clerk.locator(".messagelist .success")).to_be_visible()
    assert [column.field for column in columns[:2]] == [second, first]


def go(page: Page, words: str) -> None:
    """The same, to another page or to another place of this one, once it is there."""
    walk(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Page, field: str, file: Path) -> None:
    """`filechooser` must be listened to before the page opens: a busy machine shows it late."""
    walk(page, field)
    page.keyboard.press("Enter")
    expect(page.get_by_label(field, exact=True)).to_have_value(re.compile(f"{file.name}$"))


def test_a_list_of_payments_is_uploaded_and_matched(
    clerk: Page, records: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "november.csv"
    lines = csv_file(line_of(paid(records)), strange(records))
    file.write_bytes(lines.replace(b"Date Paid", b"Settled on"))
    clerk.on("filechooser", lambda chooser: chooser.set_files(file))
    clerk.goto("/admin/payments/reconciliation/")
    go(clerk, "Upload a list")
    expect(clerk.get_by_role("heading", name="Upload a list")).to_be_visible()
    walk(clerk, "From")
    clerk.keyboard.type("11012025")
    walk(clerk, "To")
    clerk.keyboard.type("11302025")
    choose(clerk, "Invoice Cloud's list of payments", file)
    go(clerk, "Upload")
    expect(clerk.get_by_role("heading", name="Which column is which?")).to_be_visible()
    walk(clerk, "Paid")
    clerk.keyboard.type("Settled")  # chooses it
    go(clerk, "Match with these columns")
    expect(clerk.get_by_role("row", name="Matched 1")).to_be_visible()
    made = Reconciliation.objects.get(file_name=file.name)
    assert f"{made.first_day} {made.last_day}" == "2025-11-01 2025-11-30"
    go(clerk, "Missing here")
    go(clerk, "Line 3")
    expect(clerk.get_by_role("heading", name="Line 3")).to_be_visible()
    walk(clerk, "Explained: nothing is missing or wrong")
    clerk.keyboard.press("Space")
    walk(clerk, "Note")
    clerk.keyboard.type("Paid at the counter.")
    go(clerk, "Save")
    expect(clerk.locator(".messagelist .success")).to_be_visible()
    assert Resolution.objects.get().kind == "explained"


def test_a_utility_is_set_up(
    page: Page, sandbox: SandboxProcess, settings: Settings, tmp_path: Path
) -> None:
    """From the empty portal to the open site."""
    settings.DEBUG = True  # in which an Invoice Cloud of this machine is accepted
    UtilityAccount.objects.all().delete()
    Biller.objects.all().delete()
    file = tmp_path / "accounts.csv"
    file.write_text("account_number,name,zip\n10000101,Willows Laundry,62701\n")
    page.on("filechooser", lambda chooser: chooser.set_files(file))
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    type_password(page, User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    expect(page.get_by_role("heading", name="No utility is set up yet")).to_be_visible()
    go(page, "Set up a utility")
    expect(page.get_by_label("Name:", exact=True)).to_be_focused()
    page.keyboard.type("Springfield Water")
    go(page, "Save")
    expect(page.get_by_role("heading", level=1)).to_have_text("Going live: Springfield Water")
    walk(page, "Host names")
    page.keyboard.type("localhost")
    go(page, "Save")
    walk(page, "Invoice Cloud address")
    page.keyboard.press("Control+a")
    page.keyboard.type(sandbox.url)
    walk(page, "Biller GUID")
    page.keyboard.type(str(BILLER_GUID))
    walk(page, "API key")
    page.keyboard.type(API_KEY)
    go(page, "Save")
    go(page, "Test connection")
    expect(page.locator("#connection")).to_contain_text("Ready")
    for answer in ("I checked: it is on", "I checked: they can't change it there"):
        go(page, answer)
        expect(page.get_by_role("button", name=answer)).to_be_visible()
    walk(page, "Support phone")
    page.keyboard.type("(217) 555-0100")
    go(page, "Save")
    go(page, "Import accounts from a file")
    choose(page, "File", file)
    go(page, "Preview changes")
    go(page, "Import now")
    expect(page.locator(".messagelist .success")).to_be_visible()
    page.goto("/admin/")
    go(page, "Billers")
    go(page, "Ready")
    go(page, "Open the site")
    expect(page.get_by_role("heading", name="Open to customers")).to_be_visible()
    assert Biller.objects.get().is_active
