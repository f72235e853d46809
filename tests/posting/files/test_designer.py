"""The designer of payment files, as an administrator uses it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from posting.files.building import build_due
from posting.models import PostingColumn, PostingLayout
from tests.backoffice.test_looks import sign_in
from tests.browser.looks import assert_accessible
from tests.cast import Cast, other_biller, staff
from tests.posting.paying import NIGHT, NOON, layout_of, pay, reverse

START = "/admin/posting/postinglayout/add/"


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(staff("administrator", cast.biller))
    return client


def address(layout: PostingLayout) -> str:
    return f"/admin/posting/postinglayout/{layout.pk}/change/"


def fields_on(client: Client, layout: PostingLayout, **changes: Any) -> dict[str, Any]:
    """What the page would send, with these changes. None takes a field out."""
    designer = client.get(address(layout)).context["designer"]
    sent: dict[str, Any] = {}
    for form in [designer.form, *(f for rows in designer.columns.values() for f in rows.forms)]:
        for field in form:
            value = field.value()
            if hasattr(field.field.widget, "format") and value is not None:
                value = field.field.widget.format_value(value)
            if value not in (None, False):
                sent[field.html_name] = value
    for rows in designer.columns.values():
        for field in rows.management_form:
            sent[field.html_name] = field.value()
    return {name: value for name, value in {**sent, **changes}.items() if value is not None}


def save(client: Client, layout: PostingLayout, **changes: Any) -> Any:
    return client.post(address(layout), fields_on(client, layout, **changes))


def errors(answer: Any) -> list[str]:
    designer = answer.context["designer"]
    own = [error for errors in designer.form.errors.values() for error in errors]
    return [*own, *(error for _place, error in designer.row_problems())]


def test_from_nothing_to_a_file(client: Client, cast: Cast) -> None:
    assert client.get(START).status_code == 200
    answer = client.post(START, {"biller": cast.biller.pk, "preset": "csv"})
    layout = PostingLayout.objects.get()
    assert answer.headers["Location"] == address(layout)
    assert not layout.is_active
    answer = save(client, layout, is_active="on")
    assert answer.status_code == 302
    layout.refresh_from_db()
    assert layout.is_active
    assert client.post(f"/admin/posting/postinglayout/{layout.pk}/build/").status_code == 302
    pay(cast, "80.00")
    layout.refresh_from_db()
    assert build_due(layout, NIGHT)


def test_nobody_starts_one_for_another_biller(client: Client, cast: Cast) -> None:
    answer = client.post(START, {"biller": other_biller().pk, "preset": "csv"})
    assert (answer.status_code, PostingLayout.objects.count()) == (200, 0)


def test_columns_are_added_moved_and_removed(client: Client, cast: Cast) -> None:
    layout = layout_of(cast.biller)
    new = {"line-10-position": "15", "line-10-field": "literal", "line-10-literal": "PORTAL"}
    gone = {"line-9-DELETE": "on"}
    assert save(client, layout, **new, **gone, **{"line-0-position": "200"}).status_code == 302
    columns = layout.columns.order_by("position").values_list("field", flat=True)
    assert list(columns)[:3] == ["literal", "invoice_number", "happened_at"]
    assert list(columns)[-1] == "account_number"
    assert "key" not in columns


def test_the_preview_has_the_latest_payments_and_saves_nothing(client: Client, cast: Cast) -> None:
    layout = layout_of(cast.biller)
    assert client.get(address(layout)).context["sample"].is_real is False
    reverse(pay(cast, "81.37"), "-81.37")
    answer = save(client, layout, **{"line-0-heading": "Konto", "preview": "1"})
    sample = answer.context["sample"]
    assert sample.is_real
    assert sample.text.startswith("Konto,Invoice,")
    assert "81.37" in sample.text
    assert "-81.37" in sample.text
    assert layout.columns.filter(heading="Konto").count() == 0


def test_the_preview_says_what_does_not_fit(client: Client, cast: Cast) -> None:
    layout = layout_of(cast.biller, "fixed")
    payment = pay(cast, "1234.50")
    answer = save(client, layout, **{"line-4-width": "3", "preview": "1"})
    assert str(payment.payment_guid) in answer.context["sample"].problem


@pytest.mark.parametrize(
    ("preset", "changes", "words"),
    [
        ("csv", {"line-0-DELETE": "on"}, "needs the account number and an amount"),
        ("csv", {"line-3-DELETE": "on"}, "needs the account number and an amount"),
        ("csv", {"line-3-format": "decimal_unsigned"}, "Credit or debit"),
        ("csv", {"line-3-format": "us"}, "can be written as"),
        ("csv", {"line-3-may_cut": "on"}, "Only words can be cut"),
        ("csv", {"line-0-width": "0"}, "from 1 to 999"),
        ("csv", {"line-0-width": "1000"}, "from 1 to 999"),
        ("csv", {"form": "fixed", "encoding": "ascii"}, "every column needs a width"),
        ("fixed", {"encoding": "utf-8"}, "choose Windows-1252 or ASCII"),
        ("csv", {"file_name": "payments.csv"}, "Add {number}"),
        ("csv", {"file_name": "../{number}.csv"}, "Use only letters"),
        ("csv", {"file_name": "{number.__class__}.csv"}, "Use only {number}"),
        ("csv", {"file_name": "{number:99999d}.csv"}, "Use only {number}"),
        ("csv", {"file_name": "{number"}, "Check the braces"),
    ],
)
def test_what_is_refused(
    client: Client, cast: Cast, preset: str, changes: dict[str, str], words: str
) -> None:
    layout = layout_of(cast.biller, preset)
    before = list(PostingColumn.objects.order_by("pk").values())
    answer = save(client, layout, **changes)
    assert answer.status_code == 200
    assert any(words in error for error in errors(answer)), errors(answer)
    assert list(PostingColumn.objects.order_by("pk").values()) == before


def test_a_sum_needs_its_sign(client: Client, cast: Cast) -> None:
    layout = layout_of(cast.biller, "fixed")
    layout.columns.filter(record="trailer", field="sum_amount").update(format="cents_unsigned")
    [error] = errors(save(client, layout))
    assert "“Sum is credit or debit”" in error
    layout.columns.filter(record="trailer", width=80).update(field="sum_effect", format="cd")
    assert save(client, layout).status_code == 302


def test_a_later_beginning_says_what_it_would_leave_out(client: Client, cast: Cast) -> None:
    layout = layout_of(cast.biller, starts_at=NOON)
    reverse(pay(cast, "1.00", "2.00", created_at=NOON), "-1.00", recorded_at=NOON)
    later = {"starts_at": "2026-12-03T13:00"}
    answer = save(client, layout, **later)
    [error] = errors(answer)
    assert error.startswith("3 lines that are in no file yet would never be posted.")
    assert "id_leaves_out" in answer.content.decode()
    assert save(client, layout, **later, leaves_out="on").status_code == 302
    layout.refresh_from_db()
    assert layout.starts_at == NOON + timedelta(hours=1)
    assert build_due(layout, NIGHT) is None


def test_a_reversal_of_what_was_left_out_is_in_no_file_either(client: Client, cast: Cast) -> None:
    layout = layout_of(cast.biller, starts_at=NOON)
    pay(cast, "1.00", created_at=NOON)
    assert build_due(layout, NIGHT)
    left_out = pay(cast, "10.00", created_at=NOON)
    layout.refresh_from_db()
    layout.starts_at = NOON + timedelta(hours=1)
    layout.save()
    reverse(left_out, "-10.00", recorded_at=NOON + timedelta(hours=2))
    assert build_due(layout, NIGHT + timedelta(days=1)) is None
    layout.refresh_from_db()
    layout.starts_at = NOON
    layout.save()
    file = build_due(layout, NIGHT + timedelta(days=2))
    assert file
    assert (file.payments, file.reversals) == (1, 1)


def test_who_may_not_change_it(cast: Cast) -> None:
    layout, client = layout_of(cast.biller), Client()
    client.force_login(staff("finance", cast.biller))
    assert client.get(address(layout)).status_code == 403
    client.force_login(staff("administrator", other_biller()))
    assert client.get(address(layout)).status_code == 404
    assert client.post(address(layout), {}).status_code == 404


def test_it_is_usable_by_everybody(page: Page, cast: Cast) -> None:
    """Other states of it are looked at with all pages of the admin."""
    layout = layout_of(cast.biller)
    layout.columns.exclude(field__in=["account_number", "amount"]).delete()
    sign_in(page, staff("administrator", cast.biller))
    page.goto(address(layout))
    page.locator("#id_line-0-width").fill("2")
    page.get_by_role("button", name="Preview without saving").last.click()
    expect(page.get_by_text("With this layout, no file could be built.")).to_be_visible()
    page.get_by_label("Format").select_option("fixed")
    page.get_by_label("Encoding").select_option("ascii")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page)
    page.get_by_role("link", name="Width: Needed with fixed width.").click()
    expect(page.locator("#id_line-1-width")).to_be_focused()
