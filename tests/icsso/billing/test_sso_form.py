"""Cloud SSO Connect as a biller's wire profile says: method, address, and names."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from icsso.billers.models import Biller
from icsso.billing.sso_form import sso_form
from icsso.client.sso import AUTOPAY
from tests.browser.framed_site import FramedSite
from tests.icsso.billing.pages import TOKEN, Elements, Open, SignedIn, connected, fields

GET = {
    "method": "GET",
    "address": "https://sso.example.com/portal?biller=7",
    "fields": {"RemoteAuthenticationToken": "tok", "ViewMode": None},
}


def profile(biller: Biller, **sso: Any) -> Biller:
    biller.wire_profile = {"sso": sso}
    biller.save()
    return biller


def test_without_a_profile_it_is_the_contracts(biller: Biller) -> None:
    form = sso_form(biller, AUTOPAY, TOKEN)
    assert (form.method, form.action) == ("post", "http://127.0.0.1:9/cloudssoconnect")
    assert form.fields["RemoteAuthenticationToken"] == TOKEN
    assert not form.puts_token_in_address


def test_a_profile_names_method_address_and_fields(biller: Biller) -> None:
    form = sso_form(profile(biller, **GET), AUTOPAY, TOKEN)
    # The browser drops the query of the address when it sends a form by GET.
    assert form == (
        "get",
        "https://sso.example.com/portal",
        {"biller": "7", "tok": TOKEN, "RedirectID": "3"},
    )
    assert form.puts_token_in_address


def test_a_posted_form_keeps_the_query_of_its_address(biller: Biller) -> None:
    form = sso_form(profile(biller, address="/sso?biller=7"), AUTOPAY, TOKEN)
    assert form.action == "http://127.0.0.1:9/sso?biller=7"
    assert "biller" not in form.fields


def test_the_page_follows_it_and_is_open_to_its_servers(
    signed_in: SignedIn,
    biller: Biller,
) -> None:
    profile(biller, **GET)
    biller.wire_profile |= {"hosts": ["https://pay.example.com"]}
    biller.save()
    response = signed_in(connected()).get("/billing/autopay/")
    page = Elements(response)
    form = page.all("form", id="billing-form")[0]
    assert (form["method"], form["action"]) == ("get", "https://sso.example.com/portal")
    assert fields(page) == {"biller": "7", "tok": TOKEN, "RedirectID": "3"}
    hosts = "'self' http://127.0.0.1:9 https://sso.example.com https://pay.example.com"
    policy = response["Content-Security-Policy"]
    assert f"frame-src {hosts};" in policy + ";"
    assert f"form-action {hosts};" in policy + ";"
    assert "https://sso.example.com" in str(page.all("iframe")[0]["allow"])
    assert "report" not in policy  # a report would name the address


@pytest.mark.parametrize(
    ("method", "referrer"), [("GET", "no-referrer"), ("POST", "strict-origin")]
)
def test_only_a_page_with_the_token_in_an_address_sends_no_referrer(
    signed_in: SignedIn,
    biller: Biller,
    method: str,
    referrer: str,
) -> None:
    profile(biller, method=method)
    assert signed_in(connected()).get("/billing/bills/")["Referrer-Policy"] == referrer


def test_by_get_the_token_stands_in_the_frames_address_alone(
    visit: Open,
    biller: Biller,
    page: Page,
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = FramedSite()
    biller.base_url = site.url
    profile(biller, method="GET", address="/sso?biller=7")
    visit(connected(), "/billing/bills/")
    expect(page.frame_locator("main iframe").get_by_role("heading", name="Site")).to_be_visible()
    [(method, address, referrer)] = [one for one in site.asked if one[1].startswith("/sso")]
    assert (method, referrer) == ("GET", "")
    assert address.startswith("/sso?biller=7&RemoteAuthenticationToken=" + TOKEN)
    assert TOKEN not in page.url
    assert TOKEN not in caplog.text
    # The portal's own forms still work, though the browser names no origin with them.
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("banner").locator("form[action='/accounts/logout/'] button").click()
    expect(page).to_have_url(re.compile(r"://[^/]+/$"))
    expect(page.locator("form[action='/accounts/logout/']")).to_have_count(0)
    site.stop()


@pytest.mark.parametrize(
    ("origin", "site", "status"),
    [
        ("null", "same-origin", 302),
        ("null", "same-site", 403),
        ("null", "cross-site", 403),
        ("null", "", 403),
        ("https://evil.example", "same-origin", 403),
        ("http://localhost", "cross-site", 302),
    ],
)
def test_an_origin_that_is_not_told_counts_as_ours_only_if_the_browser_says_so(
    biller: Biller, origin: str, site: str, status: int
) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    page = Elements(client.get("/accounts/login/"))
    token = page.all("input", name="csrfmiddlewaretoken")[0]["value"]
    headers = {"origin": origin} | ({"sec-fetch-site": site} if site else {})
    answer = client.post("/accounts/logout/", {"csrfmiddlewaretoken": token}, headers=headers)
    assert answer.status_code == status
    without = client.post("/accounts/logout/", headers=headers)
    assert without.status_code == 403  # the token is checked, whatever the origin
