"""Two staff users at once, or a staff user and a late postback."""

import threading
from typing import Any

import pytest
from django.test import Client

from payments.models import Payment, PaymentLine
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine, Resolution
from payments.reconciliation import resolution
from payments.reconciliation.importing import AlreadyImported
from payments.reconciliation.matching import match
from payments.reconciliation.resolution import NotResolved, add_payment, resolve
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, send_postback, verdicts
from tests.payments.postbacks.test_races import at_once
from tests.payments.reconciliation.lists import finance, matched, paid, strange, taken

pytestmark = pytest.mark.django_db(transaction=True)


def adding(line: ReconciliationLine, cast: Cast) -> str:
    """As another process would: with a line of its own."""
    own = ReconciliationLine.objects.get(pk=line.pk)
    try:
        add_payment(own, note="Seen.", by=finance(cast.biller))
    except NotResolved:
        return "refused"
    return "added"


def test_two_staff_add_a_payment_once(cast: Cast) -> None:
    line = matched(cast.biller, strange(cast)).lines.get()
    assert sorted(at_once(*[lambda: adding(line, cast)] * 4)) == ["added", *["refused"] * 3]
    assert Payment.objects.count() == PaymentLine.objects.count() == 1
    assert Resolution.objects.count() == 1


def test_the_same_payment_in_two_lists_is_added_once(cast: Cast) -> None:
    one = strange(cast)
    lines = [matched(cast.biller, *more).lines.get(number=2) for more in ([one], [one, one])]
    did = at_once(*[lambda line=line: adding(line, cast) for line in lines])
    assert sorted(did) == ["added", "refused"]
    assert Payment.objects.count() == 1


def explaining(line: ReconciliationLine, cast: Cast) -> str:
    own = ReconciliationLine.objects.get(pk=line.pk)
    try:
        resolve(own, kind="explained", note="By phone.", by=finance(cast.biller))
    except NotResolved:
        return "refused"
    return "explained"


def test_two_staff_explain_a_line_once(cast: Cast) -> None:
    line = matched(cast.biller, strange(cast)).lines.get()
    did = at_once(*[lambda: explaining(line, cast)] * 4)
    assert sorted(did) == ["explained", *["refused"] * 3]
    assert Resolution.objects.count() == 1


def test_added_or_explained_but_not_both(cast: Cast) -> None:
    line = matched(cast.biller, strange(cast)).lines.get()
    did = at_once(lambda: adding(line, cast), lambda: explaining(line, cast))
    assert sorted(did) in (["added", "refused"], ["explained", "refused"])
    assert Resolution.objects.count() == 1
    assert Payment.objects.exists() == ("added" in did)


def test_of_two_invoices_one_is_not_explained_while_both_are_added(cast: Cast) -> None:
    invoice = strange(cast)
    made = matched(cast.biller, invoice, invoice | {"Invoice Number": "B"})
    first, second = made.lines.order_by("number")
    did = at_once(lambda: adding(first, cast), lambda: explaining(second, cast))
    assert sorted(did) in (["added", "refused"], ["explained", "refused"])
    assert Payment.objects.exists() == ("added" in did)


def test_a_staff_user_and_the_postback_at_once_make_one_payment(cast: Cast) -> None:
    checkout = opened(cast)
    line = matched(cast.biller, strange(cast, Biller_Reference=checkout.biller_reference))
    missing = line.lines.get()
    fields = postback_fields(checkout, PaymentGUID=str(missing.payment_guid), InvoiceNumber="INV-9")
    did = at_once(
        lambda: adding(missing, cast), lambda: send_postback(Client(), checkout, fields).status_code
    )
    payment = Payment.objects.get()
    assert (payment.checkout, payment.amount) == (checkout, missing.amount)
    assert 200 in did
    if "added" in did:
        assert (payment.source, verdicts(checkout)) == ("reconciliation", [("review", "known")])
    else:
        assert (payment.source, verdicts(checkout)) == ("postback", [("approved", "")])


def test_of_a_line_without_a_checkout_as_well(cast: Cast) -> None:
    checkout = opened(cast)
    missing = matched(cast.biller, strange(cast)).lines.get()
    fields = postback_fields(checkout, PaymentGUID=str(missing.payment_guid), InvoiceNumber="INV-9")
    did = at_once(
        lambda: adding(missing, cast), lambda: send_postback(Client(), checkout, fields).status_code
    )
    assert Payment.objects.get().checkout == checkout
    assert PaymentLine.objects.count() == 1
    if "added" in did:  # before the postback was stored, or after
        assert verdicts(checkout) in ([("repeated", "")], [("review", "known")])
    else:
        assert verdicts(checkout) == [("approved", "")]


def test_a_payment_that_a_call_told_of_while_staff_were_adding_it_is_counted_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list names another account than the call, so that no unique key can tell."""
    checkout = opened(cast, "10000101")
    missing = matched(cast.biller, strange(cast, Account_Number="10000201")).lines.get()
    fields = postback_fields(checkout, PaymentGUID=str(missing.payment_guid))
    looked, real = threading.Event(), resolution.obstacle

    def told_of_between(line: ReconciliationLine) -> Any:
        said = real(line)
        if not looked.is_set():
            looked.set()
            assert send_postback(Client(), checkout, fields).status_code == 200
        return said

    monkeypatch.setattr(resolution, "obstacle", told_of_between)
    assert adding(missing, cast) == "refused"
    assert Payment.objects.get().checkout == checkout


def test_added_and_told_of_at_once_with_two_accounts_it_is_counted_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call comes after the last look at what is known, and before it is recorded."""
    checkout = opened(cast, "10000101")
    missing = matched(cast.biller, strange(cast, Account_Number="10000201")).lines.get()
    fields = postback_fields(checkout, PaymentGUID=str(missing.payment_guid))
    looked, told, real = threading.Event(), threading.Event(), resolution._record

    def slow(*facts: Any) -> Payment:
        looked.set()
        told.wait(0.9)  # without the lock, the call gets through
        return real(*facts)

    def tell() -> int:
        assert looked.wait(60)
        status = send_postback(Client(), checkout, fields).status_code
        told.set()
        return status

    monkeypatch.setattr(resolution, "_record", slow)
    assert set(at_once(lambda: adding(missing, cast), tell)) == {"added", 200}
    assert Payment.objects.get().account == cast.account("10000201")
    assert verdicts(checkout) == [("review", "known")]


def test_of_two_checkouts_one_gets_what_a_list_told_of(cast: Cast) -> None:
    first, second = opened(cast), opened(cast)
    missing = matched(cast.biller, strange(cast)).lines.get()
    adding(missing, cast)
    at_once(
        *[
            lambda checkout=checkout: (
                send_postback(
                    Client(),
                    checkout,
                    postback_fields(checkout, PaymentGUID=str(missing.payment_guid)),
                ).status_code
            )
            for checkout in (first, second)
        ]
    )
    assert Payment.objects.get().checkout in {first, second}
    assert sorted(verdicts(first) + verdicts(second)) == [("repeated", ""), ("review", "known")]


def test_the_same_list_in_two_tabs_is_taken_once(cast: Cast) -> None:
    line = strange(cast)

    def upload() -> Any:
        try:
            return taken(cast.biller, line).pk
        except AlreadyImported as before:
            return before.earlier.pk

    assert len(set(at_once(*[upload] * 3))) == 1
    assert Reconciliation.objects.count() == ReconciliationLine.objects.count() == 1


def test_matched_twice_at_once_it_comes_out_the_same(cast: Cast) -> None:
    for _ in range(3):
        paid(cast)
    made = matched(cast.biller, strange(cast))
    before = list(made.lines.values_list("number", "outcome", "payment").order_by("payment"))
    at_once(*[lambda: match(Reconciliation.objects.get(pk=made.pk))] * 3)
    after = made.lines.values_list("number", "outcome", "payment").order_by("payment")
    assert list(after) == before
