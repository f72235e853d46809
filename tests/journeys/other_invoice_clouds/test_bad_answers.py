"""Whatever Invoice Cloud answers, the page says what to do, and the log says what happened."""

import logging

import pytest
from django.conf import LazySettings
from django.test import Client

from payments.models import Checkout
from tests import cast as people
from tests.cast import Cast
from tests.journeys.walks import fault
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.any_database

# Every fault the sandbox knows that is a bad answer, or none.
BAD = (
    "unavailable",
    "too_many",
    "bad_gateway",
    "gateway_timeout",
    "reset",
    "reset_after",
    "hang",
    "hang_after",
    "html",
    "truncated",
    "empty",
    "wrong_type",
    "redirect",
    "server_error",
    "refused",
    "success_false",
    "unauthorized",
)
SECRETS = (people.LAUNDRY_PASSWORD, people.API_KEY, people.LAUNDRY_EMAIL, "Willows Laundry")


@pytest.fixture
def short_of_patience(settings: LazySettings) -> None:
    settings.INVOICE_CLOUD_TIMEOUT = 1.0


def log_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        f"{record.levelname} {record.getMessage()} {record.exc_text}" for record in caplog.records
    ]


@pytest.mark.usefixtures("short_of_patience")
@pytest.mark.parametrize("kind", BAD)
def test_sign_in(
    kind: str,
    client: Client,
    sandbox: SandboxProcess,
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    fault(sandbox, "*", kind, seconds=5)

    answer = client.post(
        "/accounts/login/",
        {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD},
    )

    assert answer.status_code == 302
    assert client.get("/").status_code == 200
    billing = client.get("/billing/bills/")
    words = billing.content.decode()
    assert "support" in words.lower() or "(217) 555-0100" in words
    assert "Try again" in words
    assert any("invoice cloud" in line or "retrieve" in line for line in log_lines(caplog))
    for secret in SECRETS:
        assert secret not in "\n".join(log_lines(caplog))


@pytest.mark.usefixtures("short_of_patience")
@pytest.mark.parametrize("kind", BAD)
def test_guest_payment(
    kind: str,
    client: Client,
    sandbox: SandboxProcess,
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    fault(sandbox, "cloud_payments", kind, seconds=5)

    page = client.post("/pay/", {"account_number": "10000101"}, follow=True)

    assert page.status_code in (200, 503)
    words = page.content.decode()
    assert "The payment page didn't open" in words
    assert "Nothing was paid" in words
    assert "(217) 555-0100" in words
    assert Checkout.objects.get().launched_at is None
    warned = [line for line in log_lines(caplog) if "payment page not opened" in line]
    assert len(warned) == 1
    for secret in SECRETS:
        assert secret not in "\n".join(log_lines(caplog))


@pytest.mark.parametrize("kind", ["wrapped", "stringly"])
def test_odd_but_good_answers_are_understood(
    kind: str, client: Client, sandbox: SandboxProcess, cast: Cast
) -> None:
    fault(sandbox, "*", kind)

    client.post(
        "/accounts/login/",
        {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD},
    )

    assert "RemoteAuthenticationToken" in client.get("/billing/bills/").content.decode()
    payment = client.post("/pay/", {"account_number": "10000101"}, follow=True)
    assert "ending in 0101" in payment.content.decode()
