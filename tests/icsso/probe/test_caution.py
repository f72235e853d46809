"""What a probe must never do: guess at a refusal, try passwords, overwrite one, or hold back
customers."""

import json
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests

from icsso.billers.clients import breaker_of
from icsso.billers.models import Biller
from icsso.billers.probe_runs.probing import probe_of
from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import InvoiceCloudRejected
from icsso.client.probe.exchanges import Exchange
from icsso.client.probe.probe import Probe
from icsso.client.probe.results import Verdict, exit_code
from icsso.client.probe.steps.names_sent import complaints
from icsso.client.probe.walk import Arguments, Attempt, Target, Walk
from icsso.client.resilience.policies import Service
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD
from tests.icsso.probe.servers import as_json, serving
from tests.icsso.probe.walking import ACCOUNT, walk
from tests.sandbox_process import SandboxProcess


def target(url: str) -> Target:
    return Target(client=InvoiceCloudClient(base_url=url, api_key="key"), api_key="key")


def always(status: int, body: dict[str, Any]) -> AbstractContextManager[str]:
    """A server with one answer to everything but biller status."""
    status_of_biller = as_json({"Active": True})
    said = as_json(body, status)
    return serving(lambda path, sent: status_of_biller if path.endswith("/status") else said)


def test_a_refusal_of_everything_is_not_taken_for_an_unknown_account() -> None:
    with always(400, {"Message": "This service is closed today."}) as url:
        probe = Probe(target(url), Arguments(ACCOUNT, LAUNDRY_EMAIL, LAUNDRY_PASSWORD))
        results = list(probe.results())
    assert exit_code(results) == 2
    assert probe.profile() == {}


def test_what_it_does_not_find_is_said_with_what_is_there_instead() -> None:
    with always(200, {"Outline": "two words", "Beta": False}) as url:
        probe = Probe(target(url), Arguments(ACCOUNT, LAUNDRY_EMAIL))
        results = {result.step: result for result in probe.results()}
    users = results["retrieve_users_by_number"]
    assert users.verdict is Verdict.UNUSABLE
    assert users.missing == ("Users",)
    assert users.unknown == ("Outline", "Beta")
    assert users.kinds == {"Outline": "text:9", "Beta": "boolean"}
    assert "Ask Invoice Cloud where" in users.advice[0]
    assert probe.profile() == {}


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        ("EmailAddress is required.", ["EmailAddress"]),
        ("The field Password must not be null.", ["Password"]),
        ("Password is wrong.", []),
        ("Invalid email address or password, please enter the required characters.", []),
    ],
)
def test_only_a_complaint_about_a_field_leads_to_another_try(reason: str, named: list[str]) -> None:
    body = {"EmailAddress": "a@b.example", "Password": "x"}
    sent = requests.Request("POST", "http://127.0.0.1:9/", json=body).prepare()
    response = requests.Response()
    response.status_code = 400
    exchange = Exchange(
        operation="remote_authentication",
        request=sent,
        response=response,
        text=json.dumps({"Message": reason}),
        milliseconds=1,
    )
    error = InvoiceCloudRejected("remote_authentication", "refused")
    attempt = Attempt("remote_authentication", None, error, (exchange,))
    walk = Walk(target("http://127.0.0.1:9"), Arguments(ACCOUNT, LAUNDRY_EMAIL))
    assert complaints(walk, attempt) == named


def test_a_password_that_is_not_the_registered_one_is_never_registered(
    sandbox: SandboxProcess,
) -> None:
    arguments = Arguments(ACCOUNT, LAUNDRY_EMAIL, "a mistyped password", write=True)
    client = InvoiceCloudClient(base_url=sandbox.url, api_key=sandbox.api_key)
    probe = Probe(Target(client=client, api_key=sandbox.api_key), arguments)
    results = {result.step: result for result in probe.results()}
    assert results["remote_authentication"].verdict is Verdict.UNUSABLE
    assert results["register_accounts"].verdict is Verdict.SKIPPED
    assert results["update_password"].verdict is Verdict.SKIPPED
    calls = sandbox.control("GET", "/_control/api/calls")
    assert not {"register_accounts", "update_password"} & {one["operation"] for one in calls}
    assert len([one for one in calls if one["operation"] == "remote_authentication"]) == 3


@pytest.mark.django_db
def test_circuit_breakers_neither_stop_it_nor_learn_from_it(
    biller: Biller, sandbox: SandboxProcess, settings: Any
) -> None:
    settings.INVOICE_CLOUD_BREAKER_FAILURES = 1
    arguments = Arguments(ACCOUNT, LAUNDRY_EMAIL)
    breaker = breaker_of(biller.slug, Service.REST)
    sandbox.control(
        "POST", "/_control/api/faults", {"operation": "retrieve_users", "kind": "server_error"}
    )
    assert exit_code(probe_of(biller, arguments).results()) == 2
    assert not breaker.is_open()
    sandbox.control("DELETE", "/_control/api/faults")
    breaker.failed()
    assert breaker.is_open()
    assert exit_code(probe_of(biller, arguments).results()) == 0


@pytest.mark.parametrize("switch", ["other_paths", "payload_result", "rejection_200_status_text"])
def test_what_is_not_called_is_assumed_to_be_like_its_neighbors_and_said_so(
    sandbox: SandboxProcess, switch: str
) -> None:
    sandbox.vary(switch)
    walked = walk(sandbox, write=False)
    assert walked.profile == sandbox.wire_profile(switch)
    assert "Not called, so assumed" in walked.remarks[0]
    assert "register_accounts" in walked.remarks[0]
