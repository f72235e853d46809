"""An amount as other systems write it: from the postback through review and reconciliation."""

from decimal import Decimal

import pytest
from django.test import Client

from payments.models import Checkout, Payment, Postback
from payments.models.checkout import Status
from payments.reconciliation.resolution import add_payment, obstacle
from payments.review import services as review
from tests.cast import Cast, staff
from tests.payments.paying import GUID, members, postback_fields, send_postback, verdicts
from tests.payments.reconciliation.lists import matched, outcomes, strange


def called(cast: Cast, **changes: str) -> Checkout:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout, **changes))
    return checkout


@pytest.mark.parametrize(
    ("amount", "fee", "total"),
    [
        ("84.2000", "2.5000", "86.70"),
        ("$1,234.5000", "-", "1234.50"),
        ("84.", ".50", "84.50"),
        (".50", "0.0000", "0.50"),
        ("84.2", "$ -", "84.20"),
        ("84.199999999999989", "N/A", "84.20"),
    ],
)
def test_a_postback_becomes_a_payment(cast: Cast, amount: str, fee: str, total: str) -> None:
    checkout = called(cast, PaymentAmount=amount, ConvenienceFee=fee)
    assert verdicts(checkout) == [("approved", "")]
    assert Payment.objects.get().total == Decimal(total)


@pytest.mark.parametrize("amount", ["84.2050", "84,20", "?", "8.42E+1", "0.00", "-84.20"])
def test_an_unreadable_amount_comes_through_a_list_that_has_it(cast: Cast, amount: str) -> None:
    checkout = called(cast, PaymentAmount=amount)
    postback = Postback.objects.get()
    assert (postback.verdict, postback.reason) == ("review", "amount")
    assert "with an amount such as 84.20" in str(review.obstacle(postback))
    listed = strange(
        cast, Payment_GUID=GUID, Account_Number=checkout.ordered_accounts[0].account_number
    )
    made = matched(cast.biller, listed)
    line = made.lines.get()
    assert (outcomes(made), obstacle(line)) == ([("missing-here", "")], "")
    add_payment(line, note="Invoice Cloud says so.", by=made.uploaded_by)
    assert Payment.objects.get().checkout == checkout
    assert Checkout.objects.get().status == Status.PAID


def test_a_list_that_has_it_no_better_offers_nothing(cast: Cast) -> None:
    called(cast, PaymentAmount="84.2050")
    made = matched(cast.biller, strange(cast, Payment_GUID=GUID, Amount="84.2050"))
    assert outcomes(made) == [("unreadable", "amount")]
    assert obstacle(made.lines.get())


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({"PaymentAmount": "84.2050"}, True),
        ({"ConvenienceFee": "2.5050"}, True),
        ({"PaymentGUID": "1"}, True),
        ({"Approved": "False", "BillerGUID": GUID}, False),
    ],
)
def test_the_queue_points_only_to_ways_that_can_work(
    cast: Cast, client: Client, changes: dict[str, str], points: bool
) -> None:
    called(cast, **changes)
    client.force_login(staff("finance", cast.biller))
    page = client.get(f"/admin/payments/postback/{Postback.objects.get().pk}/review/")
    assert ("added through reconciliation" in page.content.decode()) is points
