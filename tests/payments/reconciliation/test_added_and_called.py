"""A payment added from a line that names no checkout, and the calls about it: before and after."""

import pytest
from django.test import Client

from payments.models import Checkout, Payment, PaymentLine, Postback
from payments.models.checkout import Status
from payments.reconciliation.resolution import add_payment
from payments.review import services as review
from tests.cast import Cast
from tests.payments.paying import GUID, OTHER_GUID, opened, postback_fields, send_postback, verdicts
from tests.payments.reconciliation.lists import finance, matched, strange


def added(cast: Cast, **changes: str) -> Payment:
    line = matched(cast.biller, strange(cast, **({"Payment_GUID": GUID} | changes))).lines.get(
        number=2
    )
    return add_payment(line, note="Seen at the bank.", by=finance(cast.biller))


def receipt(checkout: Checkout) -> str:
    return Client().get(f"/pay/{checkout.address}/receipt/").content.decode()


def test_a_late_postback_gives_it_its_checkout(cast: Cast) -> None:
    checkout = opened(cast, minutes_ago=90)
    payment = added(cast)
    assert payment.checkout is None
    send_postback(Client(), checkout, postback_fields(checkout))
    checkout.refresh_from_db()
    assert verdicts(checkout) == [("repeated", "")]
    payment.refresh_from_db()
    assert (payment.checkout, payment.source) == (checkout, "reconciliation")
    assert PaymentLine.objects.get().postback is None
    assert (checkout.hosted_url, checkout.is_current) == ("", False)
    assert checkout.status == Status.PAID
    assert "$86.70" in receipt(checkout)


def test_the_list_need_not_say_the_fee(cast: Cast) -> None:
    checkout = opened(cast)
    added(cast, Fee="")
    send_postback(Client(), checkout, postback_fields(checkout))
    assert verdicts(checkout) == [("repeated", "")]


def test_one_that_is_not_certain_is_accepted_by_a_staff_user(cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(
        Client(), checkout, postback_fields(checkout, Approved="Yes", PaymentGUID=OTHER_GUID)
    )
    postback = Postback.objects.get()
    payment = added(cast)  # of another GUID: it is not this one
    assert payment.checkout is None
    Payment.objects.update(payment_guid=OTHER_GUID)
    assert review.obstacle(postback) is None
    by = finance(cast.biller)
    review.decide(postback, by=by, decision="accepted", note="The same.", seen=None)
    assert Payment.objects.get().checkout == checkout
    assert PaymentLine.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"PaymentAmount": "84.21"}, {"ConvenienceFee": "0.00"}, {"Approved": "False"}]
)
def test_a_postback_that_says_something_else_takes_nothing(
    cast: Cast, changes: dict[str, str]
) -> None:
    checkout = opened(cast)
    added(cast)
    send_postback(Client(), checkout, postback_fields(checkout, **changes))
    assert verdicts(checkout) == [("review", "known")]
    assert Payment.objects.get().checkout is None


def test_a_postback_of_another_account_takes_nothing(cast: Cast) -> None:
    checkout = opened(cast, "10000102")
    added(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    assert verdicts(checkout) == [("review", "known")]
    assert Payment.objects.get().checkout is None


def test_of_two_checkouts_the_first_one_gets_it(cast: Cast) -> None:
    first, second = opened(cast), opened(cast)
    added(cast)
    for checkout in (first, second):
        send_postback(Client(), checkout, postback_fields(checkout))
    assert Payment.objects.get().checkout == first
    assert verdicts(second) == [("review", "known")]


@pytest.mark.parametrize("named", [GUID, GUID.upper(), "{" + GUID + "}", GUID.replace("-", "")])
def test_a_kept_postback_leads_to_the_checkout(cast: Cast, named: str) -> None:
    checkout = opened(cast)
    opened(cast)
    send_postback(
        Client(), checkout, postback_fields(checkout, PaymentAmount="?", PaymentGUID=named)
    )
    postback = Postback.objects.get()
    assert added(cast).checkout == checkout
    by = finance(cast.biller)
    review.decide(postback, by=by, decision="rejected", note="No amount.", seen=None)
    assert Checkout.objects.get(pk=checkout.pk).status == Status.PAID
    assert "Not paid" not in receipt(checkout)


def test_where_two_checkouts_were_told_of_it_nobody_can_say(cast: Cast) -> None:
    for checkout in (opened(cast), opened(cast)):
        send_postback(Client(), checkout, postback_fields(checkout, PaymentAmount="?"))
    assert added(cast).checkout is None


def test_a_postback_about_something_else_leads_nowhere(cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, BillerReference="another"))
    send_postback(Client(), checkout, postback_fields(checkout, InvoiceNumber=GUID, PaymentGUID=""))
    elsewhere = opened(cast, "10000102")
    send_postback(Client(), elsewhere, postback_fields(elsewhere, PaymentAmount="?"))
    assert added(cast).checkout is None
