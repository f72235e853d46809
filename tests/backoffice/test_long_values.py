"""Lists and forms with values that are longer than those of the demo."""

import re
from datetime import UTC, datetime

import pytest
from django.utils import translation
from playwright.sync_api import Page

from accounts.admin.facts import first_billers
from accounts.models import User
from icsso.billers.models import Biller
from inhance.templatetags.clock import in_zone_of
from tests.backoffice.admin_addresses import one_of_everything, pages
from tests.backoffice.test_looks import NOT_LOOKED_AT, is_page, sign_in
from tests.browser.looks import assert_no_sideways_scroll
from tests.cast import STAFF_PASSWORD, Cast

LONG = "North County Consolidated Water, Sewer and Stormwater Utility District No. 14"
PHONE = {"width": 390, "height": 800}
# Of a list: cells with a sum or a count that are not at the right or not on one line, how many are,
# and what stays in view of each row.
SUMS = r"""() => {
  const faults = [];
  let fine = 0;
  for (const cell of document.querySelectorAll("#result_list tbody :is(td, th)")) {
    if (!/^(−?\$[\d,]+\.\d\d|\d{1,3})$/.test(cell.textContent.trim())) continue;
    const heading = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
    const range = document.createRange();
    range.selectNodeContents(cell);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
    const right = [cell, heading].every((each) => getComputedStyle(each).textAlign === "end");
    if (right && lines.size === 1) fine += 1;
    else faults.push(`${heading.textContent.trim()}: ${cell.textContent.trim()}`);
  }
  const sticky = [...document.querySelectorAll("#result_list tbody tr:first-child > *")]
    .filter((cell) => getComputedStyle(cell).position === "sticky");
  return [faults, fine, sticky.length === 1 && sticky[0].querySelector("input") === null];
}"""

records = pytest.fixture(one_of_everything)


@pytest.fixture
def addresses(records: Cast) -> list[str]:
    """Lists, forms for something new, and tools, with a biller whose name is long."""
    Biller.objects.create(slug="north-county", name=LONG, is_active=True)
    fitting = {
        address for pattern, address in pages(records) if not re.match(NOT_LOOKED_AT, pattern)
    }
    return sorted(address for address in fitting if re.fullmatch(r"/admin/[a-z_/-]+/", address))


def test_no_page_is_wider_than_a_phone_and_sums_are_in_line(
    page: Page, addresses: list[str]
) -> None:
    sign_in(page, User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    seen = sums = 0
    for address in addresses:
        if not is_page(page, address):
            continue
        assert_no_sideways_scroll(page)
        seen += 1
        if page.locator("#result_list").count():
            faults, fine, names_stay = page.evaluate(SUMS)
            assert not faults, (address, faults)
            assert names_stay, address
            sums += fine
    assert seen > 50
    assert sums >= 15


# Of a form: fields too narrow to write in, errors that are not above their field, and parts that
# stand on another line than the others.
FIELDS = """() => {
  const box = (element) => element.getBoundingClientRect();
  const seen = (element) => element.checkVisibility() && box(element).width > 1;
  const faults = [];
  for (const field of document.querySelectorAll("#content textarea")) {
    if (seen(field) && box(field).width < 240) faults.push(`narrow: ${field.name}`);
  }
  for (const error of document.querySelectorAll("#content .form-row .errorlist")) {
    const field = error.closest(".form-row").querySelector("input:not([type=hidden]), select");
    if (field && Math.abs(box(field).left - box(error).left) > 4) faults.push(`aside: ${field.id}`);
  }
  const bottoms = [...document.querySelectorAll(".period > *")].filter(seen)
    .map((part) => box(part).bottom);
  const uneven = Math.max(...bottoms) - Math.min(...bottoms) > 8; // never without any
  if (uneven) faults.push("on several lines");
  return faults;
}"""


def test_fields_at_a_desk_can_be_written_in_and_are_in_line(
    page: Page, addresses: list[str]
) -> None:
    sign_in(page, User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    page.set_viewport_size({"width": 1280, "height": 800})
    errors = 0
    for address in addresses:
        if not re.search("/(add|reports|late-fees|pay-links)/$", address):
            continue
        if not is_page(page, address):
            continue
        assert page.evaluate(FIELDS) == [], address
        save = page.locator("#content input[name=_save]")
        if save.count():
            page.eval_on_selector_all(
                "form", "forms => forms.forEach(form => form.noValidate = true)"
            )
            with page.expect_navigation():  # with its style sheets
                save.click()
            errors += page.locator("#content .errorlist").count()
            assert page.evaluate(FIELDS) == [], address
    assert errors > 10


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Nov_28,_2025, 11:00_PM_PST"), ("es", "28_nov_2025, 11:00_PM_PST")],
)
def test_a_line_ends_only_between_a_day_and_its_time(language: str, words: str) -> None:
    moment = datetime(2025, 11, 29, 7, tzinfo=UTC)
    biller = Biller(time_zone="America/Los_Angeles")
    with translation.override(language):
        assert in_zone_of(moment, biller) == words.replace("_", "\N{NO-BREAK SPACE}")


def test_a_row_names_only_the_first_of_many_billers() -> None:
    billers = [Biller(name=name) for name in ("A", "B", "C", "D")]
    assert first_billers(billers) == "A, B, and 2 more"
    assert first_billers(billers[:3]) == "A, B, C"
    assert first_billers([]) == ""
    with translation.override("es"):
        assert first_billers(billers) == "A, B y 2 más"
