"""The payment page in its frame: `/pay/<address>/`."""

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from payments.models import Checkout
from tests.cast import Cast, other_biller
from tests.payments.paying import HOSTED, members, opened, postback_fields, send_postback


def test_a_guests_page_opens_in_any_browser_that_holds_the_address(
    client: Client, cast: Cast
) -> None:
    page = client.get(f"/pay/{opened(cast).address}/").content.decode()
    assert f'src="{HOSTED}"' in page
    assert f'href="{HOSTED}"' in page
    assert "Open on its own page" in page
    assert "Start over" in page


def test_the_policy_lets_in_this_billers_invoice_cloud_alone(client: Client, cast: Cast) -> None:
    cast.biller.base_url = "https://pay.example"
    cast.biller.save()
    answer = client.get(f"/pay/{opened(cast).address}/")
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy["frame-src"] == "'self' https://pay.example"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("page", ["", "receipt/", "status/"])
def test_an_address_that_is_a_secret_goes_to_no_cache_search_or_other_site(
    client: Client, cast: Cast, page: str
) -> None:
    answer = client.get(f"/pay/{opened(cast).address}/{page}")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] in {"same-origin", "strict-origin"}


@pytest.mark.parametrize("page", ["", "receipt/", "status/"])
def test_a_members_page_is_that_members_alone(client: Client, cast: Cast, page: str) -> None:
    address = f"/pay/{members(cast).address}/{page}"
    assert client.get(address)["Location"] == f"/accounts/login/?next={address}"
    client.force_login(cast.neighbour)
    assert client.get(address).status_code == 404
    client.force_login(cast.laundry)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("page", ["", "receipt/", "status/"])
def test_another_billers_host_does_not_know_it(client: Client, cast: Cast, page: str) -> None:
    other_biller()
    address = f"/pay/{opened(cast).address}/{page}"
    assert client.get(address, headers={"host": "power.localhost"}).status_code == 404
    assert client.get(f"/pay/unknown-address/{page}").status_code == 404


def test_a_biller_may_have_the_page_without_a_frame(client: Client, cast: Cast) -> None:
    cast.biller.opens_without_frame = True
    cast.biller.save()
    page = client.get(f"/pay/{opened(cast).address}/").content.decode()
    assert "<iframe" not in page
    assert f'<a class="button" href="{HOSTED}">' in page


def test_while_another_request_opens_it_the_page_waits(client: Client, cast: Cast) -> None:
    opening = opened(cast, launched_at=None, hosted_url="")
    page = client.get(f"/pay/{opening.address}/").content.decode()
    assert "The payment page is opening" in page
    assert "<iframe" not in page
    assert '<noscript><meta http-equiv="refresh"' in page


@pytest.mark.parametrize(
    "facts", [{"returned_at": timezone.now()}, {"minutes_ago": 61}, {"hosted_url": ""}]
)
def test_returned_from_or_too_old_it_leads_to_the_receipt(
    client: Client, cast: Cast, facts: dict
) -> None:
    checkout = opened(cast, **facts)
    answer = client.get(f"/pay/{checkout.address}/")
    assert answer["Location"] == f"/pay/{checkout.address}/receipt/"


def test_paid_it_leads_to_the_receipt_and_forgets_the_hosted_page(
    client: Client, cast: Cast
) -> None:
    checkout = opened(cast)
    send_postback(client, checkout, postback_fields(checkout))
    assert client.get(f"/pay/{checkout.address}/")["Location"].endswith("/receipt/")
    assert Checkout.objects.get().hosted_url == ""


def test_the_hosted_page_stands_encrypted_in_the_database(cast: Cast) -> None:
    opened(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT hosted_url FROM payments_checkout")
        (stored,) = cursor.fetchone()
    assert stored
    assert "hosted-page" not in stored
