"""What operators do with a line: add the payment that we miss, or say what it is about."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.http import HttpResponse
from django.test import Client

from backoffice.audit.registry import concerning
from payments.models import Payment
from payments.models.checkout import Status
from payments.models.reconciliation_line import ReconciliationLine, Resolution
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, send_postback, verdicts
from tests.payments.reconciliation.lists import finance, line_of, matched, paid, strange


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(finance(cast.biller))
    return client


def line_in(cast: Cast, *lines: dict[str, str]) -> ReconciliationLine:
    """The first line of a list that has been matched."""
    return matched(cast.biller, *lines).lines.get(number=2)


def page_of(line: ReconciliationLine) -> str:
    return f"/admin/payments/reconciliation/{line.reconciliation_id}/line/{line.pk}/"


def seen(client: Client, line: ReconciliationLine) -> dict[str, str]:
    """What the forms of the page say without words: which record was the last one."""
    fields = re.findall(r'<input type="hidden" [^>]*-seen[^>]*>', said(client.get(page_of(line))))
    pairs = [re.search(r'name="([^"]+)"(?: value="(\d*)")?', field) for field in fields]
    return {pair[1]: pair[2] or "" for pair in pairs if pair}


def add(client: Client, line: ReconciliationLine, note: str = "Seen at the bank.") -> HttpResponse:
    entered = seen(client, line) | {"add-note": note}
    return client.post(f"{page_of(line)}add/", entered, follow=True)


def resolve(
    client: Client, line: ReconciliationLine, kind: str, note: str = "Why."
) -> HttpResponse:
    entered = seen(client, line) | {"resolve-kind": kind, "resolve-note": note}
    return client.post(f"{page_of(line)}resolve/", entered, follow=True)


def said(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def test_a_payment_missing_here_is_added_with_its_source(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    assert "The payment was added." in said(add(operator, line))
    payment = Payment.objects.get()
    assert (payment.source, payment.payment_guid) == ("reconciliation", line.payment_guid)
    assert (payment.account, payment.checkout) == (cast.account("10000101"), None)
    assert (payment.paid_at, payment.method) == (line.paid_at, "Visa")
    invoice = payment.lines.get()
    assert (invoice.invoice_number, invoice.amount, invoice.fee) == ("INV-9", line.amount, line.fee)
    resolution = Resolution.objects.get()
    assert (resolution.line, resolution.kind, resolution.note) == (
        line,
        "added",
        "Seen at the bank.",
    )
    assert resolution.by.email == "finance@example.com"
    page = said(operator.get(f"/admin/payments/payment/{payment.pk}/change/"))
    assert "Invoice Cloud&#x27;s list of payments" in page


def test_it_becomes_the_payment_of_its_checkout_whose_receipt_says_paid(
    operator: Client, cast: Cast
) -> None:
    checkout = opened(cast, minutes_ago=90)
    assert checkout.status == Status.UNCONFIRMED
    add(operator, line_in(cast, strange(cast, Biller_Reference=checkout.biller_reference)))
    checkout.refresh_from_db()
    assert Payment.objects.get().checkout == checkout
    assert checkout.status == Status.PAID
    assert (checkout.hosted_url, checkout.is_current) == ("", False)
    receipt = said(Client().get(f"/pay/{checkout.address}/receipt/"))
    assert "Paid" in receipt
    assert "$84.20" in receipt


def test_its_invoices_are_added_together(operator: Client, cast: Cast) -> None:
    line = strange(cast, Invoice_Number="A", Amount="1.00")
    first = line_in(cast, line, line | {"Invoice Number": "B", "Amount": "2.00"}, strange(cast))
    add(operator, first)
    payment = Payment.objects.get()
    assert (payment.amount, payment.lines.count()) == (3, 2)
    added = Resolution.objects.filter(kind="added").values_list("line__number", flat=True)
    assert list(added) == [2, 3]


def test_once_added_it_is_not_added_again(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    add(operator, line)
    assert "has since reported this payment" in said(add(operator, line))
    assert "This was already recorded." in said(resolve(operator, line, "explained"))
    page = said(operator.get(page_of(line)))
    assert "Change the decision" not in page
    assert "Add the payment" not in page
    assert Payment.objects.count() == Resolution.objects.count() == 1


def test_the_next_list_finds_it_matched(operator: Client, cast: Cast) -> None:
    again = strange(cast)
    add(operator, line_in(cast, again))
    assert line_in(cast, again, strange(cast)).outcome == "matched"


def test_one_that_came_meanwhile_by_a_postback_is_not_added(operator: Client, cast: Cast) -> None:
    checkout = opened(cast)
    line = line_in(cast, strange(cast, Biller_Reference=checkout.biller_reference))
    send_postback(Client(), checkout, postback_fields(checkout, PaymentGUID=str(line.payment_guid)))
    assert "has since reported this payment" in said(add(operator, line))
    assert Payment.objects.get().source == "postback"
    assert not Resolution.objects.exists()


def test_a_late_postback_about_it_is_kept_and_takes_nothing_back(
    operator: Client, cast: Cast
) -> None:
    checkout = opened(cast)
    line = line_in(cast, strange(cast, Biller_Reference=checkout.biller_reference))
    add(operator, line)
    send_postback(Client(), checkout, postback_fields(checkout, PaymentGUID=str(line.payment_guid)))
    assert verdicts(checkout) == [("review", "known")]
    assert Payment.objects.get().source == "reconciliation"
    assert checkout.status == Status.PAID


def test_of_a_paid_checkout_a_second_payment_has_no_checkout(operator: Client, cast: Cast) -> None:
    first = paid(cast)
    assert first.checkout
    line = line_in(cast, strange(cast, Biller_Reference=first.checkout.biller_reference))
    add(operator, line)
    second = Payment.objects.get(source="reconciliation")
    assert second.checkout is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Payment_GUID": ""}, "The list has no PaymentGUID"),
        ({"Account_Number": "999"}, "Import the account first"),
        ({"Amount": "?"}, "Only a payment that is missing here can be added."),
    ],
)
def test_what_cannot_be_added_says_why(
    operator: Client, cast: Cast, changes: dict[str, str], why: str
) -> None:
    line = line_in(cast, strange(cast, **changes), strange(cast))
    assert why in said(add(operator, line))
    assert not Payment.objects.exists()
    assert not Resolution.objects.exists()


def test_lines_of_one_payment_for_two_accounts_are_added_each_to_its_own(
    operator: Client, cast: Cast
) -> None:
    line = strange(cast)
    first = line_in(cast, line, line | {"Account Number": "10000102", "Invoice Number": "B"})
    add(operator, first)
    assert Payment.objects.get().account == cast.account("10000101")
    add(operator, first.reconciliation.lines.get(number_key="10000102"))
    assert Payment.objects.filter(account=cast.account("10000102")).exists()
    assert Payment.objects.count() == 2


def test_with_a_known_payment_for_another_account_they_are_not_added(
    operator: Client, cast: Cast
) -> None:
    known = paid(cast, "10000103")
    line = strange(cast, Payment_GUID=str(known.payment_guid))
    first = line_in(cast, line, line | {"Account Number": "10000102", "Invoice Number": "B"})
    assert "missing here can be added" in said(add(operator, first))
    assert Payment.objects.count() == 1


def test_zeros_that_a_spreadsheet_took_are_found_by_the_checkout(
    operator: Client, cast: Cast
) -> None:
    account = cast.account("10000103")
    account.account_number = "0000103"
    account.save()
    checkout = opened(cast, "0000103")
    reference = checkout.biller_reference
    add(operator, line_in(cast, strange(cast, Account_Number="103", Biller_Reference=reference)))
    assert Payment.objects.get().account == account


def test_without_a_note_nothing_is_written(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    for answer in (add(operator, line, note=" "), resolve(operator, line, "explained", note="")):
        assert answer.status_code == 400
        assert "This field is required." in said(answer)
    assert not Payment.objects.exists()
    assert not Resolution.objects.exists()


def test_a_note_leaves_a_line_open_and_a_reversal_resolves_it(operator: Client, cast: Cast) -> None:
    paid(cast)
    made = matched(cast.biller, strange(cast))
    line = made.lines.get(number=None)
    resolve(operator, line, "note", "Asked the bank.")
    page = said(resolve(operator, line, "reversed", "Returned on Nov 12."))
    assert "Asked the bank." in page
    assert "Returned on Nov 12." in page
    assert "Resolve this line" not in page
    assert list(line.resolutions.values_list("kind", flat=True)) == ["note", "reversed"]
    assert Payment.objects.get().source == "postback"  # it is not edited


def test_a_note_resolves_nothing_by_accident(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    page = said(operator.get(page_of(line)))
    assert "Save</button>" in page
    assert " checked" not in page
    assert resolve(operator, line, "", "Called the bank, they look it up.").status_code == 400
    assert not Resolution.objects.exists()


def test_what_was_explained_is_opened_again_and_the_last_word_counts(
    operator: Client, cast: Cast
) -> None:
    line = line_in(cast, strange(cast))
    states = ReconciliationLine.objects.with_resolved()
    for kind, is_resolved in (("explained", True), ("note", False), ("explained", True)):
        assert "Saved: " in said(resolve(operator, line, kind))
        assert states.get(pk=line.pk).resolved is is_resolved
    assert list(line.resolutions.values_list("kind", flat=True)) == [
        "explained", "note", "explained",
    ]  # fmt: skip


def test_what_was_explained_can_be_added_all_the_same(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    resolve(operator, line, "explained", "Paid by phone.")
    page = said(operator.get(page_of(line)))
    assert "Change the decision" in page
    assert "Another line of this payment" not in page
    assert "The payment was added." in said(add(operator, line))
    assert Payment.objects.get().payment_guid == line.payment_guid
    assert list(line.resolutions.values_list("kind", flat=True)) == ["explained", "added"]


def test_of_two_invoices_with_one_explained_both_are_added(operator: Client, cast: Cast) -> None:
    invoice = strange(cast, Amount="1.00")
    line = line_in(cast, invoice, invoice | {"Invoice Number": "B", "Amount": "2.00"})
    other = line.reconciliation.lines.get(number=3)
    resolve(operator, other, "explained", "Paid by phone.")
    assert "Another line of this payment has a different resolution." in said(
        operator.get(page_of(line))
    )
    assert "The payment was added." in said(add(operator, line))
    assert Payment.objects.get().amount == 3
    assert other.resolutions.last().kind == line.resolutions.last().kind == "added"


@pytest.mark.parametrize("act", [add, lambda *who: resolve(*who, "note")])
def test_who_has_not_seen_the_last_word_writes_nothing(
    operator: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, act: Any
) -> None:
    line = line_in(cast, strange(cast))
    resolve(operator, line, "explained", "Paid by phone.")
    monkeypatch.setattr(f"{__name__}.seen", lambda *_who: {})  # as drawn before that
    page = said(act(operator, line))
    assert "a decision was already made" in page
    assert "Paid by phone." in page
    assert Resolution.objects.get().kind == "explained"
    assert not Payment.objects.exists()


@pytest.mark.parametrize("kind", ["reversed", "added", "no-such"])
def test_only_what_fits_the_line_can_be_said(operator: Client, cast: Cast, kind: str) -> None:
    line = line_in(cast, strange(cast))
    assert resolve(operator, line, kind).status_code == 400
    assert not Resolution.objects.exists()


def test_a_matched_line_needs_no_words(operator: Client, cast: Cast) -> None:
    line = line_in(cast, line_of(paid(cast)))
    page = said(
        operator.get(f"/admin/payments/reconciliation/{line.reconciliation_id}/line/{line.pk}/")
    )
    assert "by PaymentGUID" in page
    assert "Resolve this line" not in page
    assert resolve(operator, line, "explained").status_code == 400


def test_while_it_is_matched_nothing_is_resolved(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    assert line.reconciliation.claim()
    for answer in (add(operator, line), resolve(operator, line, "explained")):
        assert "The list is being matched" in said(answer)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("act", ["save", "delete", "update", "delete-many"])
def test_what_was_said_is_never_changed(operator: Client, cast: Cast, act: str) -> None:
    resolve(operator, line_in(cast, strange(cast)), "explained")
    resolution = Resolution.objects.get()
    acts: dict[str, Any] = {
        "save": resolution.save,
        "delete": resolution.delete,
        "update": lambda: Resolution.objects.update(note="else"),
        "delete-many": Resolution.objects.all().delete,
    }
    with pytest.raises(TypeError, match="Add a new one"):
        acts[act]()
    assert Resolution.objects.get().note == "Why."


def test_who_did_it_stands_in_the_log(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    add(operator, line)
    entries = LogEntry.objects.get_for_model(Resolution)
    assert [entry.actor.email for entry in entries] == ["finance@example.com"]
    assert entries[0] in concerning(LogEntry.objects.all(), [cast.biller.pk])


def test_no_card_number_stays_in_a_note(operator: Client, cast: Cast) -> None:
    line = line_in(cast, strange(cast))
    resolve(operator, line, "note", "They read out 4111 1111 1111 1111.")
    add(operator, line, "Card 4111111111111111, says the bank.")
    notes = " ".join(Resolution.objects.values_list("note", flat=True))
    assert notes
    assert "They read out" in notes
    assert not re.search(r"4111\s?1111", notes)
