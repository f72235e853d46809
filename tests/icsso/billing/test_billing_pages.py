"""Stories 3 to 8: the six billing pages, and what stands there when they cannot be shown."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext, override
from pytest_django import DjangoAssertNumQueries

from icsso.billers import availability
from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.billing.session import BillingSession, State
from tests import cast as people
from tests.icsso.billing.pages import TOKEN, Elements, SignedIn, connected, fields, words
from tests.sandbox_process import SandboxProcess

PAGES = [
    ("/billing/bills/", "1", "Your bills"),
    ("/billing/paperless/", "2", "Paperless"),
    ("/billing/autopay/", "3", "AutoPay"),
    ("/billing/payment-methods/", "5", "Payment methods"),
    ("/billing/scheduled-payments/", "9", "Scheduled payments"),
    ("/billing/pay-by-text/", "11", "Pay by Text"),
]


@pytest.mark.parametrize(("address", "redirect_id", "title"), PAGES)
def test_a_page_posts_the_token_into_its_frame(
    signed_in: SignedIn, address: str, redirect_id: str, title: str
) -> None:
    response = signed_in(connected()).get(address)
    assert response.status_code == 200
    page = Elements(response)
    assert fields(page) == {
        "RemoteAuthenticationToken": TOKEN,
        "ViewMode": "1",
        "RedirectID": redirect_id,
    }
    form = page.all("form", id="billing-form")[0]
    assert form["action"] == "http://127.0.0.1:9/cloudssoconnect"
    assert form["method"] == "post"
    frame = page.all("iframe")[0]
    assert frame["name"] == form["target"]
    assert frame["title"] == title
    assert frame["allow"] == "payment http://127.0.0.1:9; clipboard-write http://127.0.0.1:9"
    assert "sandbox" not in frame
    assert f"<title>{title} · Springfield Water</title>" in words(response)


def test_the_page_without_a_frame_is_offered_at_once_and_without_javascript(
    signed_in: SignedIn,
) -> None:
    response = signed_in(connected()).get("/billing/bills/")
    buttons = Elements(response).all("button")
    assert [button for button in buttons if button.get("formtarget") == "_self"]
    assert "Show here" in words(response)
    assert "Open on its own page" in words(response)


@pytest.mark.parametrize("without_frame", [False, True])
def test_a_token_that_invoice_cloud_ended_can_be_replaced(
    signed_in: SignedIn, without_frame: bool
) -> None:
    Biller.objects.update(opens_without_frame=without_frame)
    response = signed_in(connected()).get("/billing/autopay/")
    assert "Asked to sign in again?" in words(response)
    address = "/accounts/confirm/?next=%2Fbilling%2Fautopay%2F&anew=1"
    assert len(Elements(response).all("a", href=address)) == 1


@pytest.mark.parametrize(("language", "said"), [("en", False), ("es", True)])
def test_that_the_framed_page_is_in_english_is_told_in_other_languages_only(
    signed_in: SignedIn, language: str, said: bool
) -> None:
    client = signed_in(connected())
    client.cookies["django_language"] = language
    with override(language):
        told = gettext("The page below may be in English.")
    assert (told in words(client.get("/billing/bills/"))) is said


def test_the_tabs_lead_to_the_other_pages(signed_in: SignedIn) -> None:
    page = Elements(signed_in(connected()).get("/billing/autopay/"))
    links = [str(link["href"]) for link in page.all("a")]
    assert [link for link in links if link.startswith("/billing/")] == [row[0] for row in PAGES]
    assert page.all("a", **{"aria-current": "page"})[0]["href"] == "/billing/autopay/"


def test_billing_leads_to_the_bills(signed_in: SignedIn) -> None:
    response = signed_in(connected()).get("/billing/")
    assert (response.status_code, response["Location"]) == (302, "/billing/bills/")


def test_a_page_is_kept_nowhere_and_opened_to_invoice_cloud_alone(signed_in: SignedIn) -> None:
    Biller.objects.update(
        base_url="https://www.invoicecloud.com", extra_hosts="https://pay.springfield.example"
    )
    response = signed_in(connected()).get("/billing/bills/")
    assert "no-store" in response["Cache-Control"]
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in response["Content-Security-Policy"].split(";")
    )
    hosts = "'self' https://www.invoicecloud.com https://pay.springfield.example"
    assert policy["frame-src"] == policy["form-action"] == hosts
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Referrer-Policy"] == "strict-origin"


def test_pages_in_trouble_are_opened_to_nobody(signed_in: SignedIn) -> None:
    response = signed_in(BillingSession(state=State.AWAY)).get("/billing/bills/")
    assert "frame-src 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


def test_what_the_biller_has_is_sent_too(signed_in: SignedIn) -> None:
    Biller.objects.update(
        css_url="https://www.invoicecloud.com/a.css?v=1&w=2",
        return_url="https://water.example/",
        return_site_name='Springfield "Water"',
    )
    page = Elements(signed_in(connected()).get("/billing/bills/"))
    assert fields(page)["CSSUrl"] == "https://www.invoicecloud.com/a.css?v=1&w=2"
    assert fields(page)["ReturnUrl"] == "https://water.example/"
    assert fields(page)["CustomReturnSiteName"] == 'Springfield "Water"'


def test_a_biller_may_open_them_in_the_window_which_waits_for_a_click(signed_in: SignedIn) -> None:
    Biller.objects.update(opens_without_frame=True)
    response = signed_in(connected()).get("/billing/paperless/")
    page = Elements(response)
    assert page.all("iframe") == []
    form = page.all("form", id="billing-form")[0]
    assert "target" not in form
    assert fields(page)["RedirectID"] == "2"
    assert "Continue to Paperless" in words(response)


@pytest.mark.parametrize("billing", [None, "expired", "ending", "lost"])
def test_without_a_usable_token_the_password_is_asked_for(
    signed_in: SignedIn, billing: str | None
) -> None:
    sessions = {
        "expired": connected(-60),
        "ending": connected(50),
        "lost": BillingSession(state=State.CONNECTED),
    }
    client = signed_in(sessions[billing] if billing else None)
    response = client.get("/billing/payment-methods/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/confirm/?next=%2Fbilling%2Fpayment-methods%2F"
    assert "no-store" in response["Cache-Control"]


TROUBLE = [
    (State.AWAY, "", "Billing pages aren't available right now"),
    (State.RECONNECT, "", "we sent an email to laundry@example.com"),
    (
        State.ELSEWHERE,
        "j…@e….com",
        "This account is already online with the email j…@e….com.",
    ),
    (State.REFUSED, "The account is closed.", "The account is closed."),
    (State.FAULT, "", "We can't open the billing pages yet"),
]


@pytest.mark.parametrize(("state", "note", "said"), TROUBLE)
def test_trouble_says_what_to_do_and_whom_to_ask(
    signed_in: SignedIn, state: State, note: str, said: str
) -> None:
    response = signed_in(BillingSession(state=state, note=note)).get("/billing/autopay/")
    assert response.status_code == 200
    assert said in words(response)
    assert "help@springfield-water.example" in words(response)
    page = Elements(response)
    assert page.all("iframe") == []
    again = page.all("a", href="/accounts/confirm/?next=%2Fbilling%2Fautopay%2F")
    assert len(again) == 1


def test_a_page_that_is_away_says_since_when(signed_in: SignedIn) -> None:
    client = signed_in(BillingSession(state=State.AWAY))
    assert "stopped working" not in words(client.get("/billing/bills/"))
    availability.note("springfield-water", available=False)
    assert "stopped working" in words(client.get("/billing/bills/"))


def test_reconnecting_sends_the_message_again_by_post(signed_in: SignedIn) -> None:
    page = Elements(signed_in(BillingSession(state=State.RECONNECT)).get("/billing/bills/"))
    assert page.all("form", action="/accounts/reconnect/", method="post")


def test_an_account_online_elsewhere_offers_to_sign_out(signed_in: SignedIn) -> None:
    billing = BillingSession(state=State.ELSEWHERE, note="j…@e….com")
    page = Elements(signed_in(billing).get("/billing/bills/"))
    assert page.all("form", action="/accounts/logout/", method="post")


def test_what_invoice_cloud_says_is_text_and_nothing_else(signed_in: SignedIn) -> None:
    billing = BillingSession(state=State.REFUSED, note="<script>alert(1)</script>", is_quoted=True)
    response = signed_in(billing).get("/billing/bills/")
    assert b"<script>alert" not in response.content


def test_trouble_with_a_token_that_still_lives_does_not_stand_in_the_way(
    signed_in: SignedIn,
) -> None:
    expires_at = timezone.now() + timedelta(minutes=5)
    billing = BillingSession(state=State.AWAY, token=TOKEN, expires_at=expires_at)
    assert b"<iframe" in signed_in(billing).get("/billing/bills/").content


@pytest.mark.parametrize("address", [row[0] for row in PAGES] + ["/billing/"])
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(biller: Biller, address: str) -> None:
    response = Client(headers={"host": "localhost"}).get(address)
    assert (response.status_code, response["Location"]) == (
        302,
        f"/accounts/login/?next={address}",
    )


def test_a_page_takes_no_post_and_no_other_slug(signed_in: SignedIn) -> None:
    client = signed_in(connected())
    assert client.post("/billing/bills/").status_code == 405
    assert client.get("/billing/statements/").status_code == 404


@pytest.mark.parametrize("state", [None, *State])
def test_a_page_needs_few_queries_and_two_to_note_a_visit(
    signed_in: SignedIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    state: State | None,
) -> None:
    client = signed_in(BillingSession(state=state) if state else connected())
    # Where billing doesn't work, the page also says what other ways to pay there are.
    most = 7 if state in {State.AWAY, State.FAULT} else 6
    with django_assert_max_num_queries(most if state else 8):
        client.get("/billing/bills/")


def test_invoice_cloud_is_never_called_while_a_page_is_rendered(
    sandbox: SandboxProcess, signed_in: SignedIn
) -> None:
    for billing in (None, connected(), connected(0), *(BillingSession(state=s) for s in State)):
        client = signed_in(billing)
        for address, _, _ in PAGES:
            client.get(address)
    assert sandbox.control("GET", "/_control/api/calls") == []


def test_invoice_cloud_takes_the_form_of_every_page(
    sandbox: SandboxProcess, biller: Biller, signed_in: SignedIn
) -> None:
    """What the browser would send, sent; the browser itself walks in the journeys."""
    import requests  # noqa: PLC0415  the browser's part, played by hand

    given = client_of(biller).remote_authentication(
        email=people.LAUNDRY_EMAIL, password=people.LAUNDRY_PASSWORD
    )
    expires_at = timezone.now() + timedelta(minutes=20)
    billing = BillingSession(state=State.CONNECTED, token=given.token, expires_at=expires_at)
    client = signed_in(billing)
    ends = ["bills", "paperless", "autopay", "payment-options", "scheduled-payments", "pay-by-text"]
    for (address, _, _), end in zip(PAGES, ends, strict=True):
        page = Elements(client.get(address))
        action = str(page.all("form", id="billing-form")[0]["action"])
        reached = requests.post(action, data=fields(page), timeout=10)
        assert reached.status_code == 200
        assert reached.url.endswith(f"/{end}")
