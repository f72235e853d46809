"""The page Invoice Cloud returns to, inside the frame: `/pay/return/<token>/`."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from payments.models import Checkout, Payment
from tests.cast import Cast
from tests.payments.paying import members, opened, postback_fields, send_postback


@pytest.fixture
def checkout(cast: Cast) -> Checkout:
    return opened(cast)


def come_back(client: Client, checkout: Checkout, method: str = "get") -> HttpResponse:
    answer: HttpResponse = getattr(client, method)(f"/pay/return/r{checkout.address}/")
    return answer


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_leads_the_whole_window_to_the_receipt(checkout: Checkout, method: str) -> None:
    answer = come_back(Client(enforce_csrf_checks=True), checkout, method)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'href="/pay/{checkout.address}/receipt/" target="_top"' in page
    assert '<script type="module" src="/static/js/return.js" integrity="sha384-' in page
    assert "<script>" not in page


def test_it_is_the_only_page_that_the_portal_may_frame(
    client: Client, cast: Cast, checkout: Checkout
) -> None:
    known, unknown = come_back(client, checkout), client.get("/pay/return/unknown/")
    for answer in (known, unknown):
        assert "X-Frame-Options" not in answer
        assert "frame-ancestors 'self';" in answer["Content-Security-Policy"] + ";"
        assert "default-src 'none'" in answer["Content-Security-Policy"]
    for page in ("/pay/", f"/pay/{checkout.address}/", f"/pay/{checkout.address}/receipt/", "/"):
        answer = client.get(page)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("token", ["known", "unknown"])
@pytest.mark.parametrize("cookies", ["none", "member", "stale", "rubbish"])
def test_no_cookie_is_set_whatever_the_browser_sends(
    client: Client, cast: Cast, token: str, cookies: str
) -> None:
    checkout = members(cast)
    if cookies == "member":
        client.force_login(cast.laundry)
    if cookies == "stale":
        client.cookies["sessionid"] = "a" * 32
        client.cookies["csrftoken"] = "b" * 32
    if cookies == "rubbish":
        client.cookies["sessionid"] = "\u00e9;"
        client.cookies["messages"] = "x"
    before = dict(client.session.items()) if cookies == "member" else None
    address = f"/pay/return/r{checkout.address}/" if token == "known" else "/pay/return/unknown/"
    for answer in (client.get(address), client.post(address)):
        assert not [name for name, _ in answer.items() if name.lower() == "set-cookie"]
        assert not answer.cookies
    if before is not None:
        assert dict(client.session.items()) == before


def test_a_member_stays_signed_in(client: Client, cast: Cast) -> None:
    checkout = members(cast)
    client.force_login(cast.laundry)
    come_back(Client(), checkout)
    assert client.get(f"/pay/{checkout.address}/receipt/").status_code == 200


def test_it_shows_nothing_personal(client: Client, cast: Cast, checkout: Checkout) -> None:
    send_postback(client, checkout, postback_fields(checkout))
    # In a secret, four letters or digits may be any by chance.
    page = re.sub(r"[\w-]{32,}", "", come_back(client, checkout).content.decode())
    for personal in ("Willows", "0101", "84.20", "Mill Street", "Paid", "Springfield"):
        assert personal not in page


def test_it_proves_nothing(client: Client, checkout: Checkout) -> None:
    client.get(f"/pay/return/r{checkout.address}/?Approved=True&status=2&PaymentAmount=84.20")
    assert not Payment.objects.exists()
    page = client.get(f"/pay/{checkout.address}/receipt/").content.decode()
    assert "Being confirmed" in page


def test_the_first_return_is_remembered(client: Client, checkout: Checkout) -> None:
    come_back(client, checkout)
    first = Checkout.objects.get().returned_at
    come_back(client, checkout)
    assert first
    assert Checkout.objects.get().returned_at == first


def test_an_unknown_way_back_is_calm_and_writes_nothing(client: Client, checkout: Checkout) -> None:
    answer = client.get(f"/pay/return/p{checkout.address}/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "your payment is safe" in page
    assert 'target="_top"' in page
    assert Checkout.objects.get().returned_at is None
