"""My payments: `/pay/history/`."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from icsso.billers.ways_to_pay.models import WaysToPay, current_ways
from payments.models import Checkout, Payment
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, members, opened, postback_fields, send_postback


def test_a_members_own_payments_newest_first(client: Client, cast: Cast) -> None:
    old, new = members(cast, minutes_ago=600), members(cast)
    send_postback(client, old, postback_fields(old))
    send_postback(client, new, postback_fields(new, PaymentGUID=OTHER_GUID, PaymentAmount="20.00"))
    client.force_login(cast.laundry)
    page = client.get("/pay/history/").content.decode()
    assert page.index("$22.50") < page.index("$86.70")
    assert f"/pay/{old.address}/receipt/" in page
    assert f"/pay/{new.address}/receipt/" in page


def test_nobody_elses_and_no_guests(client: Client, cast: Cast) -> None:
    guests, neighbours = opened(cast), members(cast, "10000102", member=cast.neighbour)
    send_postback(client, guests, postback_fields(guests))
    send_postback(client, neighbours, postback_fields(neighbours, PaymentGUID=OTHER_GUID))
    client.force_login(cast.laundry)
    page = client.get("/pay/history/").content.decode()
    assert "No payments yet" in page
    assert "$" not in page


def test_what_is_waiting_or_declined_is_there_and_what_was_only_opened_is_not(
    client: Client, cast: Cast
) -> None:
    members(cast)
    waiting, declined = members(cast, returned_at=timezone.now()), members(cast)
    send_postback(client, declined, postback_fields(declined, Approved="False"))
    client.force_login(cast.laundry)
    page = client.get("/pay/history/").content.decode()
    assert page.count('<th scope="row">') == 2
    assert "Being confirmed" in page
    assert "Declined" in page
    assert waiting.address in page


def test_many_come_in_pages_with_few_queries(
    client: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    for number in range(25):
        members(cast, minutes_ago=number, returned_at=timezone.now() - timedelta(hours=1))
    client.force_login(cast.laundry)
    current_ways(cast.biller, WaysToPay.Kind.OTHER)  # cached for all pages
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        first = client.get("/pay/history/").content.decode()
    second = client.get("/pay/history/?page=2").content.decode()
    assert first.count('<th scope="row">') == 20
    assert second.count('<th scope="row">') == 5
    assert "Page 1 of 2" in first
    assert Checkout.objects.count() == 25


def test_it_is_for_members(client: Client, cast: Cast) -> None:
    assert client.get("/pay/history/")["Location"] == "/accounts/login/?next=/pay/history/"


def test_one_added_from_a_list_is_there_with_its_source_for_whose_account_it_is(
    client: Client, cast: Cast
) -> None:
    send_postback(client, paid_here := members(cast), postback_fields(paid_here))
    for number, guid in (("10000101", OTHER_GUID), ("10000102", uuid4())):
        payment = Payment.objects.create(
            biller=cast.biller,
            account=cast.account(number),
            source="reconciliation",
            payment_guid=guid,
            paid_at=timezone.now() - timedelta(days=3),
        )
        payment.lines.create(amount=Decimal("61.05"), fee=Decimal("1.00"))
    client.force_login(cast.laundry)
    page = client.get("/pay/history/").content.decode()
    assert page.count('<th scope="row">') == 2
    assert page.index("$86.70") < page.index("$62.05")
    assert page.count("Added later from the payment service") == 1


def test_a_checkout_that_only_a_list_tells_of_is_there(client: Client, cast: Cast) -> None:
    checkout = members(cast, minutes_ago=90)
    Payment.objects.create(
        biller=cast.biller,
        checkout=checkout,
        account=checkout.ordered_accounts[0],
        source="reconciliation",
        payment_guid=OTHER_GUID,
        paid_at=timezone.now(),
    )
    client.force_login(cast.laundry)
    page = client.get("/pay/history/").content.decode()
    assert checkout.address in page
    assert "Paid" in page
