"""The receipt: `/pay/<address>/receipt/`, and its facts by themselves at `…/status/`."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from icsso.billers.ways_to_pay.models import WaysToPay, current_ways
from payments.models import Checkout
from tests.cast import Cast
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.whole_dates import whole


def receipt(client: Client, checkout: Checkout) -> str:
    return client.get(f"/pay/{checkout.address}/receipt/").content.decode()


def test_paid_it_says_what_to_whom_when_and_how(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    fields = postback_fields(
        checkout, PaymentAmount="1,234.50", PaymentDate="11/21/2025 3:04:05 PM"
    )
    send_postback(client, checkout, fields)
    page = receipt(client, checkout)
    for fact in ("Paid</h1>", "$1,234.50", "$2.50", "$1,237.00", "ending in 0101", "Visa"):
        assert fact in page
    assert whole("Nov 21, 2025, 3:04 PM\N{NO-BREAK SPACE}EST") in page
    assert checkout.biller_reference in page
    assert "Create an online account" in page
    assert "10000101" not in page
    assert "Willows" not in page


@pytest.mark.parametrize("fee", [None, "", "0.00"])
def test_it_claims_nothing_about_a_fee_that_is_not_told(
    client: Client, cast: Cast, fee: str | None
) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout, ConvenienceFee=fee))
    # Without secrets and digests, in which three letters may be any by chance.
    words = re.sub(r'(?:action|href|integrity|src|value)="[^"]*"', "", receipt(client, checkout))
    assert "$84.20" in words
    assert "Fee" not in words
    assert "Total" not in words


def test_a_member_sees_the_whole_account_number_and_no_offer_to_register(
    client: Client, cast: Cast
) -> None:
    checkout = members(cast)
    send_postback(client, checkout, postback_fields(checkout))
    client.force_login(cast.laundry)
    page = receipt(client, checkout)
    assert "10000101" in page
    assert "Create an online account" not in page


def test_a_guests_receipt_opens_in_another_browser(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout))
    assert "Paid</h1>" in receipt(Client(), checkout)


def test_until_a_postback_comes_it_waits_and_may_be_closed(client: Client, cast: Cast) -> None:
    checkout = opened(cast, returned_at=timezone.now())
    page = receipt(client, checkout)
    assert "Being confirmed</h1>" in page
    assert "Closing this page won't stop your payment" in page
    assert "Check again" in page
    assert "$" not in page


def test_the_facts_alone_follow_the_postback(client: Client, cast: Cast) -> None:
    checkout = opened(cast, returned_at=timezone.now())
    status = f"/pay/{checkout.address}/status/"
    assert 'data-status="waiting"' in client.get(status).content.decode()
    send_postback(client, checkout, postback_fields(checkout))
    fragment = client.get(status).content.decode()
    assert 'data-status="paid"' in fragment
    assert "<html" not in fragment


@pytest.mark.parametrize("in_order", [True, False])
def test_postback_and_return_in_either_order_end_the_same(
    client: Client, cast: Cast, in_order: bool
) -> None:
    checkout = opened(cast)
    steps = [
        lambda: send_postback(client, checkout, postback_fields(checkout)),
        lambda: client.get(f"/pay/return/r{checkout.address}/"),
    ]
    for step in steps if in_order else reversed(steps):
        step()
    assert "Paid</h1>" in receipt(client, checkout)
    assert Checkout.objects.get().returned_at


def test_declined_it_says_why_and_offers_to_try_again(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    why = "<b>Odd words</b>"
    send_postback(client, checkout, postback_fields(checkout, Approved="False", PaymentMessage=why))
    page = receipt(client, checkout)
    assert "Declined</h1>" in page
    assert 'Reason given: <span lang="en">&lt;b&gt;Odd words&lt;/b&gt;.</span>' in page
    again = f'<a href="/pay/?again={checkout.address}" class="button">Try again</a>'
    assert again in page


def test_declined_the_customer_may_begin_again_at_once(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout, Approved="False"))
    client.post("/pay/", {"account_number": "10000101"})
    assert Checkout.objects.count() == 2


def test_a_doubtful_postback_asks_not_to_pay_again(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout, PaymentAmount="?"))
    assert "checking this payment" in receipt(client, checkout)
    page = client.post("/pay/", {"account_number": "10000101"}).content.decode()
    assert "Was this bill already paid?" in page


def test_unconfirmed_it_does_not_pretend(client: Client, cast: Cast) -> None:
    checkout = opened(cast, minutes_ago=70)
    page = receipt(client, checkout)
    assert "received confirmation of a payment" in page
    assert f'<a href="/pay/?again={checkout.address}" class="button">Try again</a>' in page
    assert "Look at your bank or card account" in page
    assert "(217) 555-0100" in page


def test_failed_it_says_that_nothing_was_paid(client: Client, cast: Cast) -> None:
    checkout = opened(cast, launched_at=None, failed_at=timezone.now(), failure="unavailable")
    assert "Not paid</h1>" in receipt(client, checkout)


def heading(page: str) -> str:
    [words] = re.findall(r"<h1[^>]*>.*?</svg>(.*?)</h1>", page, re.DOTALL)
    return words.strip()


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"returned_at": timezone.now()},
        {"launched_at": None, "failed_at": timezone.now()},
        {"minutes_ago": 70},
    ],
)
def test_its_title_says_the_same_as_its_heading(
    client: Client, cast: Cast, facts: dict[str, Any]
) -> None:
    page = receipt(client, opened(cast, **facts))
    assert f"<title>{heading(page)} · Springfield Water</title>" in page


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "Paid"),
        ({"Approved": "False"}, "Declined"),
        ({"PaymentAmount": "?"}, "Being checked"),
    ],
)
def test_after_a_postback_too(
    client: Client, cast: Cast, fields: dict[str, str], word: str
) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout, **fields))
    page = receipt(client, checkout)
    assert heading(page) == word
    assert f"<title>{word} · Springfield Water</title>" in page


def test_the_total_comes_first(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout))
    page = receipt(client, checkout)
    places = [page.index(amount) for amount in ("$86.70", "$84.20", "$2.50")]
    assert places == sorted(places)
    assert "Invoice Cloud also emailed you a receipt" in page


def test_a_time_at_the_end_of_a_sentence_has_one_period(client: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout))
    for language in ("en", "es"):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page = client.post("/pay/", {"account_number": "10000101"}).content.decode()
        assert re.search(r"\d:\d\d\s[AP]M\b", page)
        assert ".." not in re.sub(r"<[^>]*>", "", page)


@pytest.mark.parametrize("page", ["receipt/", "status/", ""])
def test_it_costs_few_queries(
    client: Client, cast: Cast, page: str, django_assert_max_num_queries: object
) -> None:
    checkout = members(cast)
    client.force_login(cast.laundry)
    current_ways(cast.biller, WaysToPay.Kind.OTHER)  # cached for all pages
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        client.get(f"/pay/{checkout.address}/{page}")
