"""Lists with a payment of several accounts: each line is about its own account."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from payments.models import Checkout, Payment
from payments.reconciliation.resolution import NotResolved, add_payment, obstacle
from tests.cast import Cast
from tests.payments.paying import GUID, members, postback_fields, send_postback
from tests.payments.reconciliation.lists import DAY, finance, matched, outcomes, strange

pytestmark = pytest.mark.django_db
A, B, C = "10000201", "10000202", "10000203"
ON = f"{DAY:%m/%d/%Y} 3:04:05 PM"


@pytest.fixture
def three(cast: Cast) -> Checkout:
    return members(cast, A, B, C, member=cast.manager)


def tell(checkout: Checkout, number: str, amount: str, **changes: str) -> None:
    said = {"AccountNumber": number, "PaymentAmount": amount, "PaymentDate": ON, **changes}
    send_postback(Client(), checkout, postback_fields(checkout, **said))


def line(cast: Cast, number: str, amount: str, **changes: str) -> dict[str, str]:
    return strange(
        cast, Payment_GUID=GUID, Account_Number=number, Amount=amount, Invoice_Number="INV-1"
    ) | {name.replace("_", " "): text for name, text in changes.items()}


def test_each_line_matches_the_payment_of_its_account(cast: Cast, three: Checkout) -> None:
    for number, amount in ((A, "10.00"), (B, "20.00"), (C, "30.00")):
        tell(three, number, amount)
    lines = [line(cast, A, "10.00"), line(cast, B, "20.00"), line(cast, C, "31.00")]
    made = matched(cast.biller, *lines)
    assert outcomes(made) == [("matched", ""), ("matched", ""), ("different", "")]
    found = {each.number_key: each.payment for each in made.lines.all()}
    assert {key: payment.account.account_number for key, payment in found.items() if payment} == {
        each: each for each in (A, B, C)
    }


def test_lines_without_a_guid_are_found_by_reference_and_account(
    cast: Cast, three: Checkout
) -> None:
    tell(three, A, "10.00")
    tell(three, B, "20.00")
    of = {"Payment_GUID": "", "Biller_Reference": three.biller_reference}
    made = matched(cast.biller, line(cast, A, "10.00", **of), line(cast, B, "20.00", **of))
    assert outcomes(made) == [("matched", ""), ("matched", "")]


def test_what_the_list_lacks_is_said_of_that_account(cast: Cast, three: Checkout) -> None:
    tell(three, A, "10.00")
    tell(three, B, "20.00")
    made = matched(cast.biller, line(cast, A, "10.00"))
    assert outcomes(made) == [("matched", ""), ("missing-there", "")]
    assert made.lines.get(number=None).account_number == B


def test_an_account_whose_call_was_lost_is_added_to_its_checkout(
    cast: Cast, three: Checkout
) -> None:
    tell(three, A, "10.00")
    made = matched(cast.biller, line(cast, A, "10.00"), line(cast, B, "20.00"))
    assert outcomes(made) == [("matched", ""), ("missing-here", "")]
    missing = made.lines.get(outcome="missing-here")
    assert not obstacle(missing)
    payment = add_payment(missing, note="Asked.", by=finance(cast.biller))  # type: ignore[arg-type]
    assert (payment.checkout, payment.account.account_number) == (three, B)
    assert payment.amount == Decimal("20.00")
    statuses = Checkout.objects.get(pk=three.pk).statuses().values()
    assert [str(each.value) for each in statuses] == ["paid", "paid", "open"]
    tell(three, B, "20.00")  # late: it counts once
    assert sum(each.amount for each in Payment.objects.all()) == 30


@pytest.mark.usefixtures("three")
def test_all_calls_were_lost_and_the_list_names_no_checkout(cast: Cast) -> None:
    """The same holds for several accounts that were paid at once on Invoice Cloud's own pages."""
    said = [line(cast, A, "10.00"), line(cast, A, "5.00"), line(cast, B, "20.00")]
    said[1]["Invoice Number"] = "INV-2"
    made = matched(cast.biller, *said)
    assert outcomes(made) == [("missing-here", "")] * 3
    first, _second, third = made.lines.order_by("number")
    by: Any = finance(cast.biller)
    assert add_payment(first, note="Asked.", by=by).amount == Decimal("15.00")
    assert obstacle(first) == "Invoice Cloud has since reported this payment."
    assert not obstacle(third)
    payment = add_payment(third, note="Asked.", by=by)
    assert (payment.account.account_number, payment.amount) == (B, Decimal("20.00"))
    assert {str(each.payment_guid) for each in Payment.objects.all()} == {GUID}
    with pytest.raises(NotResolved):
        add_payment(third, note="Again.", by=by)
    # A later list has them again.
    later = matched(cast.biller, *said, strange(cast))
    assert outcomes(later) == [*[("matched", "")] * 3, ("missing-here", "")]


def test_a_call_for_one_account_comes_after_the_list(cast: Cast, three: Checkout) -> None:
    made = matched(cast.biller, line(cast, A, "10.00"), line(cast, B, "20.00"))
    tell(three, A, "10.00")
    first, second = made.lines.order_by("number")
    assert obstacle(first) == "Invoice Cloud has since reported this payment."
    by: Any = finance(cast.biller)
    assert add_payment(second, note="Asked.", by=by).account.account_number == B
    tell(three, B, "20.00")  # late: it counts once
    assert sum(each.amount for each in Payment.objects.all()) == 30
    assert set(Payment.objects.values_list("checkout", flat=True)) == {three.pk}


def test_an_account_that_is_not_of_the_checkout_stays_uncertain(
    cast: Cast, three: Checkout
) -> None:
    tell(three, A, "10.00")
    made = matched(cast.biller, line(cast, A, "10.00"), line(cast, "10000204", "20.00"))
    assert outcomes(made) == [("matched", ""), ("ambiguous", "accounts")]


def test_a_return_takes_back_the_line_of_its_account(cast: Cast, three: Checkout) -> None:
    tell(three, A, "10.00")
    tell(three, B, "10.00")
    back = line(cast, B, "-10.00", Fee="", Card_Type="Refund", Date_Paid=f"{DAY:%m/%d/%Y}")
    made = matched(cast.biller, back)
    assert made.lines.exclude(number=None).get().outcome == "reversed"
    states = Payment.objects.order_by("account__account_number")
    assert [each.is_reversed for each in states] == [False, True]
