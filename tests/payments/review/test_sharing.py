"""Accepting a postback that names none of its checkout's accounts: staff say how much was paid for
each, and what is recorded with the same PaymentGUID is not counted again."""

from decimal import Decimal

import pytest
from django.test import Client

from payments.models import Checkout, Payment, Postback
from payments.review import services as review
from payments.review.services import NotAcceptable
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, members, postback_fields, send_postback
from tests.payments.reconciliation.lists import matched, strange
from tests.payments.reconciliation.test_races import adding
from tests.payments.reversals.happened import clerk

pytestmark = pytest.mark.django_db
A, B, C = "10000201", "10000202", "10000203"
ACCEPTED = {"decision": "accepted", "note": "Asked.", "seen": ""}


@pytest.fixture
def two(cast: Cast) -> Checkout:
    return members(cast, A, B, member=cast.manager)


def say(checkout: Checkout, number: str | None, amount: str, **changes: str | None) -> None:
    said = {"AccountNumber": number, "PaymentAmount": amount, **changes}
    answer = send_postback(Client(), checkout, postback_fields(checkout, **said))
    assert answer.status_code == 200


def amounts(checkout: Checkout) -> dict[str, Decimal]:
    payments = Payment.objects.filter(checkout=checkout).select_related("account")
    return {each.account.account_number: each.amount for each in payments}


def address() -> str:
    return f"/admin/payments/postback/{Postback.objects.get(verdict='review').pk}/review/"


def test_what_is_counted_is_subtracted_and_the_rest_proposed(
    finance: Client, cast: Cast, two: Checkout
) -> None:
    say(two, A, "10.00", ConvenienceFee="2.50")
    say(two, None, "60.00", InvoiceNumber="", ConvenienceFee="2.50")  # of the whole payment
    page = finance.get(address()).content.decode()
    name = f"amount_{cast.account(B).pk}"
    assert f'name="{name}" value="50.00"' in page
    for amount in ("", "60.00", "49.99"):
        page = finance.post(address(), ACCEPTED | {name: amount}).content.decode()
        assert "add up to $50.00: the postback says $60.00, of which $10.00" in page
    assert amounts(two) == {A: 10}
    assert finance.post(address(), ACCEPTED | {name: "50.00"}).status_code == 302
    assert amounts(two) == {A: 10, B: 50}
    assert sum(each.fee for each in Payment.objects.all()) == Decimal("2.50")


def test_what_comes_on_top_of_what_is_counted_is_said_by_staff(
    finance: Client, cast: Cast, two: Checkout
) -> None:
    say(two, A, "10.00")
    say(two, None, "50.00", InvoiceNumber="", ConvenienceFee="1.00")  # of B alone
    assert "on top of the $10.00" in finance.get(address()).content.decode()
    sent = ACCEPTED | {f"amount_{cast.account(B).pk}": "50.00"}
    assert "add up to $40.00" in finance.post(address(), sent).content.decode()
    assert finance.post(address(), sent | {"is_besides": "on"}).status_code == 302
    assert amounts(two) == {A: 10, B: 50}
    assert Payment.objects.get(account__account_number=B).fee == 1


def test_when_all_of_it_is_counted_there_is_nothing_to_share(
    finance: Client, cast: Cast, two: Checkout
) -> None:
    say(two, A, "60.00")
    say(two, None, "60.00", InvoiceNumber="")
    sent = ACCEPTED | {f"amount_{cast.account(B).pk}": ""}
    assert "add up to $0.00" in finance.post(address(), sent).content.decode()
    assert amounts(two) == {A: 60}


def test_another_payment_is_no_part_of_it_but_the_amount_is_asked_for(
    finance: Client, cast: Cast, two: Checkout
) -> None:
    say(two, A, "10.00", PaymentGUID=OTHER_GUID)
    say(two, None, "60.00")
    page = finance.get(address()).content.decode()
    name = f"amount_{cast.account(B).pk}"
    assert f'name="{name}" value="60.00"' in page
    assert "on top of" not in page
    assert finance.post(address(), ACCEPTED | {name: "60.00"}).status_code == 302
    assert amounts(two) == {A: 10, B: 60}


def test_what_a_list_added_counts_as_well(finance: Client, cast: Cast, two: Checkout) -> None:
    facts = {"Biller_Reference": two.biller_reference, "Account_Number": A, "Amount": "10.00"}
    line = matched(cast.biller, strange(cast, **facts)).lines.get()
    assert adding(line, cast) == "added"
    say(two, None, "60.00", PaymentGUID=str(line.payment_guid))
    assert 'value="50.00"' in finance.get(address()).content.decode()


def test_without_amounts_nothing_is_recorded(cast: Cast, two: Checkout) -> None:
    say(two, A, "10.00")
    say(two, None, "60.00", InvoiceNumber="")
    postback = Postback.objects.get(verdict="review")
    facts = {"by": clerk(cast), "decision": "accepted", "note": "x", "seen": None}
    for shares in ({}, {B: 60}, {B: 51}, {A: 25, B: 25}):
        made = {cast.account(number).pk: Decimal(amount) for number, amount in shares.items()}
        with pytest.raises(NotAcceptable):
            review.decide(postback, amounts=made, **facts)
    review.decide(postback, amounts={cast.account(B).pk: Decimal(50)}, **facts)
    assert amounts(two) == {A: 10, B: 50}
