"""However Invoice Cloud fails, pages keep working and say so, and one successful probe brings
billing back."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from icsso.billers.clients import held_back
from icsso.billers.models import Biller
from tests.accounts.there import There
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast
from tests.sandbox_process import SandboxProcess

GOOD = {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD}
NOBODY_LISTENS = "http://127.0.0.1:9"
# How it fails, and whether it is left alone for that: an answer that nobody can read is one too.
OUTAGES = {
    "refuse": True,
    "reset": True,
    "hang": True,
    "slow": True,
    "unavailable": True,
    "server_error": True,
    "html": False,
    "truncated": False,
    "redirect": False,
}


def sign_in() -> Client:
    client = Client()
    assert client.post("/accounts/login/", GOOD).status_code == 302
    return client


@pytest.mark.parametrize("kind", OUTAGES)
def test_pages_work_meanwhile_and_billing_is_back_within_one_probe(
    sandbox: SandboxProcess, cast: Cast, settings: Settings, kind: str
) -> None:
    if kind in {"hang", "slow"}:  # the others answer by themselves, on a slow machine later
        settings.INVOICE_CLOUD_TIMEOUT = 0.4
    settings.INVOICE_CLOUD_BREAKER_FAILURES, settings.INVOICE_CLOUD_TRIES = 2, 1
    there = There(sandbox)
    if kind == "refuse":
        Biller.objects.update(base_url=NOBODY_LISTENS)
    else:
        there.fault("*", kind, seconds=30)
    for _ in range(3):
        works_without_billing(sign_in())
    assert bool(list(held_back(cast.biller.slug))) is OUTAGES[kind]

    settings.INVOICE_CLOUD_TIMEOUT = 8.0
    Biller.objects.update(base_url=sandbox.url)
    there.heal()
    cache.delete(f"breaker:{cast.biller.slug}:rest:probe")  # its rest is over
    assert "<iframe" in sign_in().get("/billing/bills/").content.decode()
    assert list(held_back(cast.biller.slug)) == []


def works_without_billing(client: Client) -> None:
    home = client.get("/").content.decode()
    assert "10000101" in home
    assert "Billing pages aren't available right now" in home
    billing = client.get("/billing/bills/")
    assert billing.status_code == 200
    assert "Billing pages aren't available right now" in billing.content.decode()
    for address in ("/accounts/", "/accounts/sign-in/", "/pay/", "/pay/history/", "/readyz"):
        assert client.get(address).status_code == 200
