"""SOAP's ViewCustomerRecord is a step where the biller has turned it on."""

import pytest

from icsso.billers.models import Biller
from icsso.billers.probe_runs.probing import probe_of
from icsso.client.probe.results import StepResult, Verdict
from icsso.client.probe.walk import Arguments
from tests.cast import LAUNDRY_EMAIL
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db


def steps(biller: Biller, account: str = "10000101") -> list[StepResult]:
    found = []
    for result in probe_of(biller, Arguments(account, LAUNDRY_EMAIL)).results():
        found.append(result)
        if len(found) == 2:
            break
    return found


def test_it_comes_after_biller_status(biller: Biller, sandbox: SandboxProcess) -> None:
    assert [one.step for one in steps(biller)] == ["biller_status", "retrieve_users_by_number"]
    biller.reads_customer_records = True
    second = steps(biller)[1]
    assert (second.step, second.verdict) == ("view_customer_record", Verdict.OK)
    assert second.reading == "The account is registered."


def test_an_unknown_account_and_a_refusal_are_named(
    biller: Biller, sandbox: SandboxProcess
) -> None:
    biller.reads_customer_records = True
    assert steps(biller, "no-such-account")[1].verdict is Verdict.DIFFERS
    biller.web_service_key = "another-key"
    refused = steps(biller)[1]
    assert refused.verdict is Verdict.UNUSABLE
    assert "Check the web service key" in refused.advice[0]
