"""A biller that is not open: every page of customers says so; calls about payments go on."""

import logging
import re

import pytest
from django.test import Client
from django.urls import get_resolver
from playwright.sync_api import Page, expect

from icsso.billers.models import Biller
from payments.models import Payment
from tests.browser.looks import assert_accessible
from tests.cast import LAUNDRY_EMAIL, Cast, other_biller
from tests.journeys.pages.test_every_page import addresses
from tests.payments.paying import opened, postback_fields, send_postback

# The house's own, the billing system's, the way back of a payment that was begun before, and what
# is left of a session, which the pages of staff ask for.
GOES_ON = {
    "/accounts/session/",
    "/api/v1/accounts",
    "/api/v1/openapi.json",
    "/api/v1/payments",
    "/brand.css",
    "/favicon.ico",
    "/healthz",
    "/logo/<slug:digest>.png",
    "/metrics",
    "/language/setlang/",
    "/pay/postback/<token>/",
    "/pay/postback/<token>",
    "/pay/return/<token>/",
    "/readyz",
    "/robots.txt",
}


@pytest.fixture
def closed(cast: Cast) -> Biller:
    Biller.objects.filter(pk=cast.biller.pk).update(is_active=False)
    cast.biller.refresh_from_db()
    return cast.biller


def test_every_page_of_customers_says_so(client: Client, closed: Biller) -> None:
    for pattern in set(addresses(get_resolver().url_patterns)) - GOES_ON:
        for method in (client.get, client.post):
            address = re.sub(r"<int:\w+>", "1", pattern)
            answer = method(re.sub(r"<.*?>", "anything", address))
            assert answer.status_code == 503, address
            assert "This site isn't open right now" in answer.content.decode()
            assert answer["Retry-After"] == "3600"
            assert "no-store" in answer["Cache-Control"]


def test_no_visitor_makes_an_error_in_the_log(
    client: Client, closed: Biller, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/")
    assert [line for line in caplog.records if line.levelno > logging.INFO] == []


def test_the_page_has_the_billers_dress_and_support(client: Client, closed: Biller) -> None:
    page = client.get("/").content.decode()
    assert "Springfield Water" in page
    assert "(217) 555-0100" in page
    assert re.search(r"/brand\.css\?v=[0-9a-f]{10}", page)
    assert client.get("/brand.css").status_code == 200


def test_it_speaks_spanish(client: Client, closed: Biller) -> None:
    page = client.get("/", headers={"accept-language": "es"}).content.decode()
    assert '<html lang="es">' in page
    assert client.post("/language/setlang/", {"language": "es"}).status_code == 302


def test_who_was_signed_in_reads_the_same(client: Client, closed: Biller, cast: Cast) -> None:
    client.force_login(cast.laundry)
    answer = client.get("/")
    assert answer.status_code == 503
    assert LAUNDRY_EMAIL not in answer.content.decode()


def test_calls_about_payments_and_the_way_back_go_on(
    client: Client, closed: Biller, cast: Cast
) -> None:
    checkout = opened(cast)
    assert send_postback(client, checkout, postback_fields(checkout)).status_code == 200
    assert Payment.objects.count() == 1
    assert client.get(f"/pay/return/r{checkout.address}/").status_code == 200


def test_staff_and_health_go_on(client: Client, closed: Biller) -> None:
    assert client.get("/admin/login/").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_of_a_session_only_its_time_is_told(client: Client, closed: Biller, cast: Cast) -> None:
    assert client.get("/accounts/session/").json() == {"signed_in": False}
    client.force_login(cast.laundry)
    answer = client.get("/accounts/session/")
    assert answer.json().keys() == {"signed_in", "left", "is_last", "whose", "token"}
    assert LAUNDRY_EMAIL not in answer.content.decode()


def test_another_biller_of_the_same_installation_serves_on(client: Client, closed: Biller) -> None:
    other_biller()
    assert client.get("/", headers={"host": "power.localhost"}).status_code == 200
    assert client.get("/", headers={"host": "localhost"}).status_code == 503


def test_how_it_looks(page: Page, closed: Biller) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This site isn't open right now")
    assert_accessible(page)
