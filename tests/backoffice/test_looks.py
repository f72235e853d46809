"""Every page of the admin as the staff who may open it see it: at both widths, light and dark."""

import os
import re

import pytest
from auditlog.models import LogEntry
from playwright.sync_api import Error, Page, expect

from accounts.models import User
from tests.backoffice.admin_addresses import one_of_everything, pages
from tests.browser.keyboard import assert_seen_by_keyboard
from tests.browser.looks import DESK, PHONE, assert_accessible
from tests.cast import STAFF_PASSWORD, Cast, staff

# What is no page, or the same page once more.
NOT_LOOKED_AT = r".*(logout|leave|autocomplete|jsi18n|\.css|<url>|<path:object_id>)/?$|/admin/r/.*"
SAME_FOR_ALL = r".*/(history|delete)/$"  # Django's own, of one model as of another

records = pytest.fixture(one_of_everything)


def sign_in(page: Page, person: User) -> None:
    page.goto("/admin/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Back office")).to_be_visible()


def look_at(page: Page, addresses: list[str]) -> int:
    """How many of them are pages for who is signed in, all usable by everybody."""
    return sum(1 for address in addresses if is_page(page, address) and usable(page))


def is_page(page: Page, address: str) -> bool:
    """No file, which ends the visit, no refusal, and no way to another page."""
    try:
        answer = page.goto(address)
    except Error as error:
        if "Download is starting" not in str(error):
            raise
        return False
    assert answer
    is_direct = answer.request.redirected_from is None
    return is_direct and answer.status == 200 and "html" in answer.headers["content-type"]


def usable(page: Page) -> bool:
    assert_accessible(page)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert_seen_by_keyboard(page)
    return True


def addresses_of(records: Cast, wanted: str) -> list[str]:
    fitting = [page for page in pages(records) if not re.match(NOT_LOOKED_AT, page[0])]
    once = {re.sub(SAME_FOR_ALL, r"\1", pattern): address for pattern, address in fitting}
    return [address for address in once.values() if re.search(wanted, address)]


@pytest.mark.parametrize(
    ("app", "number"),
    [
        ("accounts", 51),
        ("cis", 3),
        ("payments", 28),
        ("icsso|auditlog", 18),
        ("posting|api", 26),
        ("others", 6),
    ],
)
def test_all_that_an_administrator_opens(page: Page, records: Cast, app: str, number: int) -> None:
    sign_in(page, User.objects.get(email="administrator@springfield-water.example"))
    wanted = rf"^/admin/({app})/" if app != "others" else r"^/admin/(?!\w+/\w+/)"
    assert look_at(page, addresses_of(records, wanted)) == number


@pytest.mark.parametrize(("role", "number"), [("support", 3), ("finance", 2)])
def test_what_others_see_in_another_way(page: Page, records: Cast, role: str, number: int) -> None:
    """All that they open with `SCREENSHOTS`; else what differs from the administrator's: less to
    open, and fields that are read only."""
    sign_in(page, staff(role, records.biller))
    if os.environ.get("SCREENSHOTS"):
        assert look_at(page, addresses_of(records, "")) > number
    else:
        differing = addresses_of(records, r"^/admin/$|/(member|utilityaccount)/\d+/change/")
        assert look_at(page, differing) == number


def test_what_is_for_superusers_alone(page: Page, records: Cast) -> None:
    sign_in(page, User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    wanted = r"^/admin/django_tasks_database/\w+/$|/biller/add/|/take-second-factor/"
    assert look_at(page, addresses_of(records, wanted)) == 3


def test_fields_for_long_texts_are_wide_while_they_are_empty(page: Page, records: Cast) -> None:
    sign_in(page, User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    for form in ("posting/destination", "icsso/identityprovider", "icsso/announcement"):
        page.goto(f"/admin/{form}/add/")
        fields = page.locator("#content textarea").filter(visible=True)
        widths = [field.bounding_box()["width"] for field in fields.all()]  # type: ignore[index]
        assert widths
        assert min(widths) > 400, form


def test_on_a_phone_changes_are_listed_one_below_the_other(page: Page, records: Cast) -> None:
    sign_in(page, User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    page.set_viewport_size({"width": 390, "height": 800})
    entry = LogEntry.objects.filter(action=LogEntry.Action.CREATE).latest("pk")
    page.goto(f"/admin/auditlog/logentry/{entry.pk}/change/")
    row = page.locator(".field-changes_table tbody tr").first
    places = [cell.bounding_box() for cell in row.locator("th, td").all()]
    assert len(places) == 3
    assert len({place["x"] for place in places}) == 1  # type: ignore[index]
    shown = row.locator("td").first.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert "Before" in shown
