"""Pay my bill: `/pay/`, and what Invoice Cloud is asked for it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django.utils.formats import time_format

from accounts.ratelimit import LIMITS
from payments.models import Checkout, Payment
from tests.cast import Cast, other_biller
from tests.documents.design_document import SAMPLE
from tests.payments.paying import GUID, members, opened, postback_fields, send_postback, verdicts
from tests.sandbox_process import SandboxProcess
from tests.whole_dates import spaced

TOKEN = 'name="csrfmiddlewaretoken" value="'
OURS = {"CSSUrl", "ReturnURL", "PostBackURL", "BillerReference"}


def calls(sandbox: SandboxProcess) -> list[dict]:
    return [
        c
        for c in sandbox.control("GET", "/_control/api/calls")
        if c["operation"] == "cloud_payments"
    ]


def asks_proof(cast: Cast, proof: str) -> None:
    cast.biller.guests_prove, cast.biller.signup_proof = True, proof
    cast.biller.save()


def test_an_account_number_opens_its_payment_page(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    assert "Pay my bill" in client.get("/pay/").content.decode()
    answer = client.post("/pay/", {"account_number": "10000101"})
    checkout = Checkout.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/pay/{checkout.address}/"
    page = client.get(answer["Location"]).content.decode()
    assert "Paying account ending in 0101 at Springfield Water" in page
    assert f'<iframe class="frame" src="{sandbox.url}/cloudpayments/' in page
    assert checkout.ordered_accounts[0] == cast.account("10000101")
    assert (checkout.kind, checkout.member) == ("guest", None)


def test_the_request_equals_the_sample_when_the_name_was_proved(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    asks_proof(cast, "name")
    proved = {"account_number": "10000101", "name": "willows laundry"}
    client.post("/pay/", {**proved, "right": "yes"})
    (call,) = calls(sandbox)
    body = call["body"]
    assert body.keys() == SAMPLE.keys()
    assert body == SAMPLE | {name: body[name] for name in OURS}
    checkout = Checkout.objects.get()
    assert body["BillerReference"] == checkout.biller_reference
    assert body["ReturnURL"].startswith("http://testserver/pay/return/")
    assert body["PostBackURL"].startswith("http://testserver/pay/postback/")


def test_without_a_proof_neither_name_nor_address_is_sent(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.post("/pay/", {"account_number": "10000101"})
    (customer,) = calls(sandbox)[0]["body"]["Customers"]
    assert customer == {**SAMPLE["Customers"][0], "Name": None}


def test_a_proved_zip_code_sends_the_address(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    asks_proof(cast, "both")
    proved = {"account_number": "10000101", "name": "willows laundry", "zip": "62701"}
    client.post("/pay/", {**proved, "right": "yes"})
    (customer,) = calls(sandbox)[0]["body"]["Customers"]
    assert customer["Address"] == "12 Mill Street"
    assert (customer["City"], customer["State"], customer["Zip"]) == ("Springfield", "IL", "62701")


def test_the_tokens_in_the_addresses_are_not_in_the_database(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.post("/pay/", {"account_number": "10000101"})
    body = calls(sandbox)[0]["body"]
    tokens = {body[name].rstrip("/").rsplit("/", 1)[-1] for name in ("ReturnURL", "PostBackURL")}
    checkout = Checkout.objects.values().get()
    assert len(tokens) == 2
    assert all(len(token) == 43 for token in tokens)
    assert not tokens & {str(value) for value in checkout.values()}


def test_asked_twice_it_is_the_same_checkout_and_one_call(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    first = client.post("/pay/", {"account_number": "10000101"})
    second = client.post("/pay/", {"account_number": "10000101"})
    assert first["Location"] == second["Location"]
    assert len(calls(sandbox)) == 1


def test_a_double_click_of_a_first_visit_is_one_checkout_and_the_form_needs_no_session(
    cast: Cast, sandbox: SandboxProcess
) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/pay/")
    assert set(page.cookies) == {"csrftoken"}
    assert not Session.objects.exists()
    asked = {"account_number": "10000101"}
    asked["csrfmiddlewaretoken"] = page.content.decode().split(TOKEN)[1].split('"')[0]
    halves = []
    for _ in range(2):  # both with the cookies of the page alone, as two clicks send them
        click = Client(enforce_csrf_checks=True)
        click.cookies = page.cookies.copy()
        halves.append(click.post("/pay/", asked)["Location"])
    assert halves[0] == halves[1]
    assert len(calls(sandbox)) == 1


def test_another_account_or_browser_gets_another_checkout(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    first = client.post("/pay/", {"account_number": "10000101"})
    other_account = client.post("/pay/", {"account_number": "10000102"})
    other_browser = Client().post("/pay/", {"account_number": "10000101", "confirmed": "yes"})
    assert len({first["Location"], other_account["Location"], other_browser["Location"]}) == 3


def test_after_ten_minutes_another_page_is_opened(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.post("/pay/", {"account_number": "10000101"})
    old = Checkout.objects.get()
    Checkout.objects.update(created_at=timezone.now() - timedelta(minutes=10, seconds=1))
    client.post("/pay/", {"account_number": "10000101", "confirmed": "yes"})
    assert Checkout.objects.filter(is_current=True).exclude(pk=old.pk).count() == 1
    assert len(calls(sandbox)) == 2


def test_a_payment_a_moment_ago_is_told_before_another_begins(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    paid = opened(cast, is_current=False)
    Payment.objects.create(
        biller=cast.biller,
        checkout=paid,
        account=paid.ordered_accounts[0],
        payment_guid=GUID,
        paid_at=timezone.now(),
    )
    page = client.post("/pay/", {"account_number": "10000101"}).content.decode()
    assert "A payment for account ending in 0101 was made" in page
    assert "$" not in page
    assert calls(sandbox) == []
    assert Checkout.objects.count() == 1
    assert (
        client.post("/pay/", {"account_number": "10000101", "confirmed": "yes"}).status_code == 302
    )
    assert len(calls(sandbox)) == 1


def test_somebody_elses_open_page_is_told_too(client: Client, cast: Cast) -> None:
    other = opened(cast, minutes_ago=14)
    page = client.post("/pay/", {"account_number": "10000101"}).content.decode()
    started = time_format(timezone.localtime(other.created_at))
    assert f"was started at {started}. We don't know yet if it went through" in page


def test_a_payment_that_is_being_checked_is_told_even_after_a_decline(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    other = opened(cast)
    send_postback(client, other, postback_fields(other, Approved="False"))
    send_postback(client, other, postback_fields(other, PaymentAmount="?"))
    assert verdicts(other) == [("declined", ""), ("review", "amount")]
    page = client.post("/pay/", {"account_number": "10000101"}).content.decode()
    assert "know yet if it went through" in page
    assert calls(sandbox) == []


def test_a_declined_payment_keeps_nobody_from_paying(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    other = opened(cast)
    send_postback(client, other, postback_fields(other, Approved="False"))
    assert client.post("/pay/", {"account_number": "10000101"}).status_code == 302
    assert len(calls(sandbox)) == 1


def test_what_is_older_than_15_minutes_or_failed_is_not_told(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    opened(cast, minutes_ago=16)
    opened(cast, failed_at=timezone.now(), launched_at=None)
    assert client.post("/pay/", {"account_number": "10000101"}).status_code == 302


@pytest.mark.parametrize("number", ["99999999", "", "10000101' OR 1=1", "\x00"])
def test_an_unknown_account_number_is_refused(client: Client, cast: Cast, number: str) -> None:
    answer = client.post("/pay/", {"account_number": number})
    assert answer.status_code == 200
    assert "There's a problem" in answer.content.decode()
    assert not Checkout.objects.exists()


def test_an_account_of_another_biller_is_unknown_here(client: Client, cast: Cast) -> None:
    other_biller().accounts.create(account_number="555", name="Elsewhere")
    assert (
        "find an account that matches"
        in client.post("/pay/", {"account_number": "555"}).content.decode()
    )


def test_a_wrong_proof_and_an_unknown_account_read_the_same(client: Client, cast: Cast) -> None:
    asks_proof(cast, "name")
    wrong = client.post("/pay/", {"account_number": "10000101", "name": "Ana Torres"})
    unknown = client.post("/pay/", {"account_number": "10000999", "name": "Ana Torres"})
    same = wrong.content.decode().replace("10000101", "10000999")
    assert "find an account that matches" in same
    assert same.split(TOKEN)[0] == unknown.content.decode().split(TOKEN)[0]


def test_tries_are_limited(client: Client, cast: Cast) -> None:
    allowed = int(LIMITS["guest"].per_key.split("/")[0])
    for _ in range(allowed):
        assert client.post("/pay/", {"account_number": "10000999"}).status_code == 200
    refused = client.post("/pay/", {"account_number": "10000999"})
    assert refused.status_code == 429
    assert "wait 15 minutes" in spaced(refused.content.decode())


def test_the_form_is_kept_out_of_caches_and_needs_its_own_page(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert "no-store" in strict.get("/pay/")["Cache-Control"]
    assert strict.post("/pay/", {"account_number": "10000101"}).status_code == 403
    assert not Checkout.objects.exists()


def test_started_over_the_account_is_kept_in_any_browser_and_its_number_told_in_none(
    client: Client, sandbox: SandboxProcess, cast: Cast
) -> None:
    client.get("/pay/")
    client.post("/pay/", {"account_number": "10000101"})
    address = f"/pay/?again={Checkout.objects.get().address}"
    for browser in (client, Client(headers={"host": "localhost"})):
        page = browser.get(address).content.decode()
        assert "ending in 0101" in page
        assert "10000101" not in page
        answer = browser.post(address, {"go": "on"})
        assert answer.status_code == 302 or b"Was this bill already paid?" in answer.content


def test_a_members_checkout_names_no_account_to_a_guest(client: Client, cast: Cast) -> None:
    page = client.get(f"/pay/?again={members(cast).address}").content.decode()
    assert "ending in 0101" not in page


@pytest.mark.parametrize("again", ["", "unknown", "%00", "é", "a" * 65, "../receipt"])
def test_starting_over_from_nothing_begins_with_an_empty_form(
    client: Client, cast: Cast, again: str
) -> None:
    page = client.get(f"/pay/?again={again}")
    assert page.status_code == 200
    assert b'value="10000101"' not in page.content
