"""Invoice Cloud is down, refuses, or answers nonsense when somebody wants to open a payment
page."""

import logging

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tokens import digest
from payments.models import Checkout
from tests.cast import Cast
from tests.payments.paying import opened
from tests.sandbox_process import SandboxProcess

SECRETS = ("/pay/return/", "/pay/postback/", "demo-api-key", "Willows")


def fault(sandbox: SandboxProcess, kind: str, **more: object) -> None:
    wanted = {"operation": "cloud_payments", "kind": kind, "times": None, **more}
    sandbox.control("POST", "/_control/api/faults", wanted)


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("unavailable", "unavailable"),
        ("too_many", "unavailable"),
        ("bad_gateway", "unavailable"),
        ("gateway_timeout", "unavailable"),
        ("reset", "unavailable"),
        ("reset_after", "unavailable"),
        ("refused", "refused"),
        ("success_false", "refused"),
        ("unauthorized", "error"),
        ("html", "error"),
        ("truncated", "error"),
        ("empty", "error"),
        ("wrong_type", "error"),
        ("redirect", "error"),
        ("server_error", "error"),
    ],
)
@pytest.mark.usefixtures("cast")
def test_the_page_says_that_nothing_was_paid_and_what_to_do(
    kind: str,
    failure: str,
    client: Client,
    sandbox: SandboxProcess,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    fault(sandbox, kind)
    answer = client.post("/pay/", {"account_number": "10000101"}, follow=True)
    checkout = Checkout.objects.get()
    page = answer.content.decode()
    assert (checkout.failure, checkout.hosted_url, checkout.is_current) == (failure, "", False)
    assert "The payment page didn't open" in page
    assert "Nothing was paid" in page
    assert "Try again" in page
    assert ("available right now" in page) == (failure == "unavailable")
    assert "payment page not opened: cloud_payments" in caplog.text
    assert not [secret for secret in SECRETS if secret in caplog.text]


def test_a_hanging_invoice_cloud_is_left_in_time(
    client: Client, cast: Cast, sandbox: SandboxProcess, settings: object
) -> None:
    settings.INVOICE_CLOUD_TIMEOUT = 0.5  # type: ignore[attr-defined]
    fault(sandbox, "hang", seconds=5)
    client.post("/pay/", {"account_number": "10000101"})
    assert Checkout.objects.get().failure == "unavailable"


def test_trying_again_opens_another_one(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    fault(sandbox, "unavailable")
    client.post("/pay/", {"account_number": "10000101"})
    sandbox.control("DELETE", "/_control/api/faults")
    answer = client.post("/pay/", {"account_number": "10000101"}, follow=True)
    assert "<iframe" in answer.content.decode()
    assert Checkout.objects.filter(is_current=True).count() == 1


def test_a_payment_under_way_is_told_when_the_next_page_fails(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    opened(cast, minutes_ago=3)
    fault(sandbox, "unavailable")
    answer = client.post("/pay/", {"account_number": "10000101", "confirmed": "yes"}, follow=True)
    page = answer.content.decode()
    assert "Don't pay twice" in page
    assert "was started at" in page


def test_a_launch_that_was_broken_off_is_begun_again(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.get("/pay/")
    visitor = digest(client.cookies["csrftoken"].value)
    stuck = opened(cast, minutes_ago=1, visitor=visitor, launched_at=None, hosted_url="")
    page = client.get(f"/pay/{stuck.address}/").content.decode()
    assert "The payment page didn't open" in page
    answer = client.post("/pay/", {"account_number": "10000101", "confirmed": "yes"}, follow=True)
    assert "<iframe" in answer.content.decode()


def test_a_refusals_reason_reaches_the_customer_and_staff(
    client: Client, admin_client: Client, cast: Cast
) -> None:
    note = "Invalid Invoice Type ID <b>7</b>"
    facts = {"launched_at": None, "failed_at": timezone.now(), "failure_note": note}
    refused = opened(cast, failure="refused", **facts)
    wrong = opened(cast, "10000102", failure="error", **facts)
    shown = "Invalid Invoice Type ID &lt;b&gt;7&lt;/b&gt;"
    for page in ("", "receipt/"):
        refusal = client.get(f"/pay/{refused.address}/{page}").content.decode()
        assert f'<blockquote lang="en">{shown}</blockquote>' in refusal
        # What went wrong between the two systems is nothing for customers.
        assert shown not in client.get(f"/pay/{wrong.address}/{page}").content.decode()
    for checkout in (refused, wrong):
        page = f"/admin/payments/checkout/{checkout.pk}/change/"
        assert shown in admin_client.get(page).content.decode()
