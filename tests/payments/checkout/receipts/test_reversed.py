"""What customers read about a payment that went back: on the receipt, and wherever else it is."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments.checkout.recent import recent_activities
from payments.models import Checkout, Payment, Postback
from payments.reversals.services import withdraw
from tests.cast import Cast
from tests.payments.paying import members, opened, paid_lately, postback_fields, send_postback
from tests.payments.reconciliation.lists import on
from tests.payments.reversals.happened import Kind, clerk, given_back, returned
from tests.whole_dates import whole

pytestmark = pytest.mark.django_db
ANOTHER = "11111111-6c5e-4096-914d-4845df9dab4a"


def paid(cast: Cast) -> Payment:
    """By a member, today: $84.20 and a fee of $2.50."""
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    return Payment.objects.get(checkout=checkout)


@pytest.fixture
def member(cast: Cast, client: Client) -> Client:
    client.force_login(cast.laundry)
    return client


def receipt(member: Client, payment: Payment, language: str = "en") -> str:
    assert payment.checkout
    headers = {"accept-language": language}
    page = member.get(f"/pay/{payment.checkout.address}/receipt/", headers=headers)
    return page.content.decode()


@pytest.mark.parametrize(
    ("kind", "heading", "sentence"),
    [
        ("returned", "Returned", "This payment was returned by your bank on Nov 10, 2025."),
        ("refunded", "Refunded", "This payment was refunded on Nov 10, 2025."),
        ("voided", "Canceled", "This payment was canceled on Nov 10, 2025."),
        (
            "chargeback",
            "Charged back",
            "Your bank or card company took this payment back on Nov 10, 2025.",
        ),
    ],
)
def test_the_receipt_says_what_happened(
    member: Client, cast: Cast, kind: str, heading: str, sentence: str
) -> None:
    payment = paid(cast)
    returned(cast, payment, kind=Kind(kind))
    page = receipt(member, payment)
    assert f"{heading}</h1>" in page
    assert f"<title>{heading}" in page
    assert whole(sentence) in page
    for words in ("−$86.70", "Net paid", "$0.00"):
        assert words in page
    for words in ("please pay it again", "Pay again", "status-bad"):
        assert (words in page) == (kind != "refunded")  # which the customer asked for
    assert "has received your payment" not in page


def test_a_part_and_what_came_back_again(member: Client, cast: Cast) -> None:
    payment = paid(cast)
    made = returned(cast, payment, "30.00", kind=Kind.REFUNDED)
    page = receipt(member, payment)
    assert "Partly refunded</h1>" in page
    assert whole("$30.00 of this payment was refunded on Nov 10, 2025.") in page
    assert "−$30.00" in page
    assert "$56.70" in page
    assert "Pay again" not in page
    given_back(cast, made)
    page = receipt(member, payment)
    assert "Paid</h1>" in page
    assert "$30.00 of this payment was reinstated on" in page
    assert "Net paid" not in page


def test_what_was_added_by_mistake_is_not_paid(member: Client, cast: Cast) -> None:
    payment = paid(cast)
    Payment.objects.update(source="decision")
    withdraw(Payment.objects.get(), by=clerk(cast), note="It was declined.")
    page = receipt(member, payment)
    assert "Not paid</h1>" in page
    assert "This payment was recorded by mistake and removed on" in page
    assert "It was declined." not in page  # the reason is for staff


def test_my_payments_show_the_state_and_what_is_left(member: Client, cast: Cast) -> None:
    payment, whole = paid(cast), members(cast)
    send_postback(Client(), whole, postback_fields(whole, PaymentGUID=ANOTHER))
    returned(cast, payment, "30.00", kind=Kind.REFUNDED)
    returned(cast, Payment.objects.get(checkout=whole))
    page = member.get("/pay/history/").content.decode()
    for words in ("Partly refunded", "$56.70", "Returned", "$0.00"):
        assert words in page


def test_nobody_is_thanked_for_what_went_back(cast: Cast) -> None:
    payment = paid(cast)
    Payment.objects.update(paid_at=timezone.now())
    assert paid_lately(cast.laundry) == {payment.account_id: Decimal("84.20")}
    returned(cast, payment, "30.00")
    assert paid_lately(cast.laundry) == {payment.account_id: Decimal("54.20")}
    returned(cast, payment, "54.20")
    assert paid_lately(cast.laundry) == {}


def test_it_can_be_paid_again_at_once(cast: Cast) -> None:
    payment = paid(cast)
    assert recent_activities([payment.account])
    made = returned(cast, payment)
    assert not recent_activities([payment.account])
    given_back(cast, made)
    assert recent_activities([payment.account])


def test_a_payment_from_the_list_that_was_withdrawn(member: Client, cast: Cast) -> None:
    payment = Payment.objects.create(
        biller=cast.biller,
        account=cast.account("10000101"),
        source="reconciliation",
        payment_guid=ANOTHER,
        paid_at=on(),
    )
    payment.lines.create(amount=Decimal("84.20"), fee=Decimal(0))
    assert "Paid" in member.get("/pay/history/").content.decode()
    withdraw(payment, by=clerk(cast), note="By mistake.")
    page = member.get("/pay/history/").content.decode()
    assert "Not paid" in page
    assert "$0.00" in page


@pytest.mark.parametrize("verdict", ["repeated", "declined"])
def test_a_receipt_loads_no_more_for_a_thousand_postbacks(
    client: Client, cast: Cast, verdict: str
) -> None:
    """Anyone who knows the address can send them."""
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout, Approved="False"))
    receipt_of = f"/pay/{checkout.address}/receipt/"
    first = asked_for(client, receipt_of)
    Postback.objects.bulk_create(
        Postback(checkout=checkout, fields={}, content_digest=f"{n}", verdict=verdict)
        for n in range(1000)
    )
    loaded = watch_postbacks()
    assert asked_for(client, receipt_of) <= first
    assert len(loaded) <= 2
    assert Checkout.objects.get().status == "declined"


def asked_for(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def watch_postbacks() -> list[int]:
    """Returns a list to which the key of each postback is added that is loaded from now on."""
    loaded: list[int] = []

    def note(instance: Postback, **_facts: object) -> None:
        loaded.append(instance.pk)

    post_init.connect(note, sender=Postback, weak=False, dispatch_uid="watch")
    return loaded


@pytest.fixture(autouse=True)
def _stop_watching() -> Iterator[None]:
    yield
    post_init.disconnect(sender=Postback, dispatch_uid="watch")
