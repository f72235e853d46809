"""What the portal remembers of a biller's Invoice Cloud: whether the last call was answered, and
since when."""

import pytest

from icsso.billers import availability
from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.client.errors import InvoiceCloudError
from tests.sandbox_process import SandboxProcess


def known(biller: Biller) -> bool | None:
    found = availability.last_known(biller.slug)
    return found.available if found else None


def test_each_call_leaves_behind_whether_invoice_cloud_was_there(
    sandbox: SandboxProcess, biller: Biller
) -> None:
    assert known(biller) is None
    client_of(biller).biller_status()
    assert known(biller) is True
    fault = {"operation": "biller_status", "kind": "unavailable", "times": None}
    sandbox.control("POST", "/_control/api/faults", fault)
    for _ in range(2):
        with pytest.raises(InvoiceCloudError):
            client_of(biller).biller_status()
    assert known(biller) is False
    sandbox.control("DELETE", "/_control/api/faults")
    client_of(biller).biller_status()
    assert known(biller) is True


def test_a_refusal_is_an_answer(sandbox: SandboxProcess, biller: Biller) -> None:
    with pytest.raises(InvoiceCloudError):
        client_of(biller).retrieve_user_accounts(email="nobody@example.com")
    assert known(biller) is True


def test_the_moment_stays_that_of_the_change(biller: Biller) -> None:
    availability.note(biller.slug, available=False)
    first = availability.last_known(biller.slug)
    availability.note(biller.slug, available=False)
    assert availability.last_known(biller.slug) == first
