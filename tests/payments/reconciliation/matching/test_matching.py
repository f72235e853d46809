"""Which payment each line of Invoice Cloud's list is about, and what each side lacks."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from payments.models import Payment
from payments.models.reconciliation import ClaimLost, Reconciliation
from payments.reconciliation import matching
from payments.reconciliation.matching import match
from payments.reconciliation.reading.columns import guess_columns
from tests.cast import Cast, other_biller
from tests.payments.paying import GUID, opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import (
    DAYS,
    day_after,
    line_of,
    matched,
    on,
    outcomes,
    paid,
    strange,
    taken,
)

MATCHED = ("matched", "")
HERE, THERE = ("missing-here", ""), ("missing-there", "")


def test_a_payment_that_both_know_is_matched_by_its_guid(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout))
    payment = Payment.objects.get()
    today = timezone.localdate(payment.paid_at)
    reconciliation = taken(cast.biller, line_of(payment), days=(today, today))
    reconciliation.columns = {"PaymentGUID": "Payment GUID", "AccountNumber": "Account Number"}
    reconciliation.columns |= {"PaymentAmount": "Amount", "PaymentDate": "Date Paid"}
    reconciliation.save()
    match(reconciliation)
    line = reconciliation.lines.get()
    assert (line.outcome, line.payment, line.found_by) == ("matched", payment, "guid")
    assert (line.number, line.amount, str(line.payment_guid)) == (2, Decimal("84.20"), GUID)
    reconciliation.refresh_from_db()
    assert reconciliation.matched_at


@pytest.mark.parametrize(
    "spell", [str.upper, lambda g: "{" + g + "}", lambda g: g.replace("-", "")]
)
def test_a_guid_may_be_spelled_in_any_way(cast: Cast, spell: object) -> None:
    payment = paid(cast)
    again = line_of(payment, Payment_GUID=spell(str(payment.payment_guid)))  # type: ignore[operator]
    reconciliation = matched(cast.biller, again, line_of(payment))
    assert outcomes(reconciliation) == [MATCHED, ("ambiguous", "repeated")]


def test_what_one_side_lacks_and_what_differs(cast: Cast) -> None:
    known, dearer, fee, _lost = (paid(cast) for _ in range(4))
    reconciliation = matched(
        cast.biller,
        strange(cast),
        line_of(known),
        line_of(dearer, Amount="84.21"),
        line_of(fee, Fee="2.00"),
    )
    assert outcomes(reconciliation) == [HERE, MATCHED, ("different", ""), ("different", ""), THERE]
    missing = reconciliation.lines.get(number=None)
    assert (missing.payment, missing.amount, missing.fee) == (
        _lost,
        Decimal("84.20"),
        Decimal("2.5"),
    )


def test_the_invoices_of_one_payment_count_together(cast: Cast) -> None:
    whole, parts, short = (paid(cast, "10000101", "0.10", "0.20", "84.20") for _ in range(3))
    reconciliation = matched(
        cast.biller,
        line_of(whole),
        *(
            line_of(payment, Amount=amount, Fee="2.50", Invoice_Number=f"INV-{amount}")
            for payment, amounts in ((parts, ("84.20", "0.20", "0.10")), (short, ("84.20", "0.20")))
            for amount in amounts
        ),
    )
    assert outcomes(reconciliation) == [MATCHED] * 4 + [("different", "")] * 2


def test_without_a_guid_the_biller_reference_finds_it_once(cast: Cast) -> None:
    payment, twice = paid(cast), paid(cast)
    reconciliation = matched(
        cast.biller,
        line_of(payment, Payment_GUID=""),
        line_of(twice, Payment_GUID="", Invoice_Number="INV-1"),
        line_of(twice),
    )
    assert outcomes(reconciliation) == [MATCHED, ("ambiguous", "taken"), MATCHED]
    assert reconciliation.lines.get(number=2).found_by == "reference"


def test_a_payment_found_by_its_guid_is_offered_to_no_other_line(cast: Cast) -> None:
    payment = paid(cast)
    nameless = strange(cast, Payment_GUID="")
    reconciliation = matched(cast.biller, nameless, line_of(payment))
    assert outcomes(reconciliation) == [HERE, MATCHED]


def test_a_guid_we_do_not_know_is_another_payment_however_alike(cast: Cast) -> None:
    payment = paid(cast)
    reconciliation = matched(cast.biller, strange(cast), strange(cast, Payment_GUID=""))
    assert outcomes(reconciliation) == [HERE, MATCHED]
    assert reconciliation.lines.get(number=3).payment == payment


def test_a_checkout_without_a_payment_is_told(cast: Cast) -> None:
    checkout = opened(cast)
    lost = strange(cast, Biller_Reference=checkout.biller_reference)
    reconciliation = matched(cast.biller, lost, lost | {"Payment GUID": "", "Amount": "1.00"})
    assert outcomes(reconciliation) == [HERE, HERE]
    assert {line.checkout for line in reconciliation.lines.all()} == {checkout}


def test_account_and_amount_find_it_on_its_day_else_on_another(cast: Cast) -> None:
    first, second = paid(cast), paid(cast, paid_at=day_after(5))
    third = paid(cast, "10000102", paid_at=day_after(2))
    nameless = {"Payment_GUID": "", "Biller_Reference": "of the bank"}
    reconciliation = matched(
        cast.biller,
        line_of(third, Date_Paid="2025-11-20", **nameless),
        line_of(second, Date_Paid="45976.5", **nameless),
        line_of(first, **nameless),
    )
    assert outcomes(reconciliation) == [MATCHED] * 3
    found = reconciliation.lines.values_list("payment", "found_by")
    assert list(found) == [(third.pk, "amount"), (second.pk, "day"), (first.pk, "day")]


def test_two_of_the_same_day_are_paired_in_their_order(cast: Cast) -> None:
    morning, evening = paid(cast, paid_at=on(hour=8)), paid(cast, paid_at=on(hour=20))
    lines = [
        line_of(payment, Payment_GUID="", Biller_Reference="") for payment in (evening, morning)
    ]
    reconciliation = matched(cast.biller, *lines)
    assert outcomes(reconciliation) == [MATCHED, MATCHED]
    assert set(reconciliation.lines.values_list("payment", flat=True)) == {morning.pk, evening.pk}


def test_where_the_numbers_differ_nobody_can_say_which_it_is(cast: Cast) -> None:
    payment = paid(cast)
    line = line_of(payment, Payment_GUID="", Biller_Reference="")
    reconciliation = matched(cast.biller, line, line | {"Date Paid": "11/12/2025"})
    assert outcomes(reconciliation) == [MATCHED, HERE]
    third = matched(cast.biller, line, line, line | {"Amount": "9.99"})
    assert outcomes(third) == [("ambiguous", "several")] * 2 + [HERE, THERE]


def test_fewer_lines_than_payments_leave_it_to_a_person(cast: Cast) -> None:
    """The one line may be about either payment, on the day they share and on any other."""
    payment, _alike = paid(cast), paid(cast)
    line = line_of(payment, Payment_GUID="", Biller_Reference="")
    for said in (line, line | {"Date Paid": "11/12/2025"}):
        reconciliation = matched(cast.biller, said)
        assert outcomes(reconciliation) == [("ambiguous", "several"), THERE, THERE]
        assert not reconciliation.lines.filter(outcome="matched").exists()


def test_another_accounts_payment_is_not_certain_but_lost_zeros_are_nothing(cast: Cast) -> None:
    payment, right = paid(cast), paid(cast)
    reconciliation = matched(
        cast.biller,
        line_of(payment, Account_Number="10000102"),
        line_of(right, Account_Number="00010000101"),
    )
    assert outcomes(reconciliation) == [("ambiguous", "other-account"), MATCHED]


def test_only_payments_of_these_days_are_missed_but_a_guid_finds_any(cast: Cast) -> None:
    before, after = (
        paid(cast, paid_at=on(date(2025, 10, 31), 23)),
        paid(cast, paid_at=on(date(2025, 12, 1), 0)),
    )
    last = paid(cast, paid_at=on(DAYS[1], 23))
    reconciliation = matched(cast.biller, line_of(before))
    assert outcomes(reconciliation) == [MATCHED, THERE]
    assert reconciliation.lines.get(number=None).payment == last
    assert not after.reconciliation_lines.exists()


def test_another_billers_payments_are_none_of_it(cast: Cast) -> None:
    payment = paid(cast)
    power = other_biller()
    assert outcomes(matched(power, line_of(payment))) == [HERE]
    by_account = line_of(payment, Payment_GUID="", Biller_Reference="")
    assert outcomes(matched(power, by_account)) == [HERE]


def test_matched_again_it_comes_out_the_same(cast: Cast) -> None:
    known, _lost = paid(cast), paid(cast)
    reconciliation = matched(cast.biller, line_of(known), strange(cast), strange(cast, Amount="?"))
    before = outcomes(reconciliation)
    match(reconciliation)
    assert outcomes(reconciliation) == before
    assert before == [MATCHED, HERE, ("unreadable", "amount"), THERE]


def test_only_one_worker_matches_and_nobody_once_a_line_is_resolved(cast: Cast) -> None:
    reconciliation = taken(cast.biller, strange(cast))
    assert reconciliation.claim()
    assert not reconciliation.claim()
    match(reconciliation)
    assert outcomes(reconciliation) == [("unmatched", "")]
    reconciliation.finish()
    reconciliation.lines.get().resolutions.create(
        kind="note", note="?", by=reconciliation.uploaded_by
    )
    assert not reconciliation.claim()


def test_a_sign_of_life_keeps_others_away(cast: Cast) -> None:
    reconciliation = taken(cast.biller, strange(cast))
    assert reconciliation.claim()
    long_ago = timezone.now() - 2 * Reconciliation.CLAIM_TIMEOUT
    Reconciliation.objects.update(began_at=long_ago)
    reconciliation.began_at = long_ago
    reconciliation.renew()
    assert not Reconciliation.objects.get().claim()
    reconciliation.finish()
    assert Reconciliation.objects.get().matched_at


def test_one_that_was_thought_dead_stops_and_does_not_finish(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciliation = taken(cast.biller, strange(cast))
    reconciliation.set_columns(guess_columns(reconciliation.header))

    def fall_asleep(slow: Reconciliation) -> None:
        """So long that another one begins, which is at it still."""
        Reconciliation.objects.update(began_at=timezone.now() - 2 * Reconciliation.CLAIM_TIMEOUT)
        assert Reconciliation.objects.get().claim()

    first, *steps = matching.STEPS
    monkeypatch.setattr(matching, "STEPS", (first, fall_asleep, *steps))
    match(reconciliation)
    now = Reconciliation.objects.get()
    assert now.is_under_way
    assert outcomes(now) == [("unmatched", "")]
    with pytest.raises(ClaimLost):
        reconciliation.finish()
    assert Reconciliation.objects.get().matched_at is None


@pytest.mark.parametrize("written", ["1000-0101", "0010000101", "１０００0101", " 1000 0101"])
def test_an_account_is_the_same_however_the_list_writes_it(cast: Cast, written: str) -> None:
    by_guid, by_account = paid(cast), paid(cast, "10000101", "19.99")
    nameless = {"Payment_GUID": "", "Biller_Reference": ""}
    result = matched(
        cast.biller,
        line_of(by_guid, Account_Number=written),
        line_of(by_account, Account_Number=written, **nameless),
    )
    assert outcomes(result) == [("matched", ""), ("matched", "")]


def test_two_spellings_of_an_account_in_one_list_are_paired_together(cast: Cast) -> None:
    payments = [paid(cast), paid(cast)]
    nameless = {"Payment_GUID": "", "Biller_Reference": ""}
    lines = [
        line_of(payment, Account_Number=written, **nameless)
        for payment, written in zip(payments, ("10000101", "0010000101"), strict=True)
    ]
    assert outcomes(matched(cast.biller, *lines)) == [("matched", ""), ("matched", "")]


def test_a_number_that_two_accounts_fit_matches_neither(cast: Cast) -> None:
    payment = paid(cast)
    for number in ("010000101", "0010000101"):
        cast.biller.accounts.create(account_number=number, name="Somebody Else")
    nameless = {"Payment_GUID": "", "Biller_Reference": ""}
    lines = [line_of(payment, Account_Number="00010000101", **nameless)]
    assert outcomes(matched(cast.biller, *lines))[0] == ("missing-here", "")
    lines = [line_of(payment, **nameless)]
    assert outcomes(matched(cast.biller, *lines))[0] == ("matched", "")
