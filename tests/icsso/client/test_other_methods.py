"""An operation that Invoice Cloud offers by another method than the contract's, and says so."""

import json

import pytest
import responses

from icsso.client.client import InvoiceCloudClient
from icsso.client.errors import InvoiceCloudMisplaced
from tests.icsso.client.wire import ADDRESSES, client
from tests.sandbox_process import SandboxProcess

EMAIL, PASSWORD = "new@example.com", "copper kettle on the porch"
REGISTER = ADDRESSES["register_accounts"][1]
REGISTERED = {"Results": [{"AccountNumber": "10000104", "Registered": True}]}
REFUSED = {"Message": "The requested resource does not support http method 'POST'."}


def register(asked: InvoiceCloudClient) -> bool:
    numbers = ["10000104"]
    return all(
        one.registered
        for one in asked.register_accounts(email=EMAIL, password=PASSWORD, account_numbers=numbers)
    )


@responses.activate
def test_it_is_called_by_the_method_that_the_server_asks_for() -> None:
    responses.post(REGISTER, status=405, json=REFUSED, headers={"Allow": "GET, PUT"})
    responses.put(REGISTER, json=REGISTERED)
    assert register(client())
    first, second = (json.loads(call.request.body or "") for call in responses.calls)
    assert first == second


@responses.activate
def test_the_other_method_is_asked_for_once() -> None:
    responses.post(REGISTER, status=405, json=REFUSED, headers={"Allow": "PUT"})
    responses.put(REGISTER, json=REGISTERED)
    asked = client()
    assert all(register(asked.within(5)) for _ in range(3))
    methods = [call.request.method for call in responses.calls]
    assert methods == ["POST", "PUT", "PUT", "PUT"]


@responses.activate
@pytest.mark.parametrize("allow", ["", "GET", "POST", "GET, HEAD, OPTIONS", "BREW"])
def test_never_by_get_and_never_the_same_again(allow: str) -> None:
    """The password would stand in the address."""
    responses.post(REGISTER, status=405, json=REFUSED, headers={"Allow": allow})
    with pytest.raises(InvoiceCloudMisplaced) as caught:
        register(client())
    assert (caught.value.outcome_unknown, caught.value.is_outage) == (False, False)
    assert len(responses.calls) == 1


@responses.activate
def test_what_is_read_by_get_stays_a_get() -> None:
    responses.get(
        ADDRESSES["biller_status"][1], status=405, json=REFUSED, headers={"Allow": "POST"}
    )
    with pytest.raises(InvoiceCloudMisplaced):
        client().biller_status()
    assert [call.request.method for call in responses.calls] == ["GET"]


@responses.activate
def test_a_sign_in_at_a_wrong_address_is_no_wrong_password() -> None:
    words = {"Message": "No HTTP resource was found that matches the request URI."}
    responses.post(ADDRESSES["remote_authentication"][1], status=404, json=words)
    with pytest.raises(InvoiceCloudMisplaced):
        client().remote_authentication(email=EMAIL, password=PASSWORD)
    assert len(responses.calls) == 1


def test_at_the_sandbox_without_a_wire_profile(sandbox: SandboxProcess) -> None:
    sandbox.vary("other_methods")
    asked = InvoiceCloudClient(base_url=sandbox.url, api_key=SandboxProcess.api_key)
    assert register(asked)
    asked.update_password(email=EMAIL, new_password="seven lemons in a bowl")
    asked.update_email_address(email=EMAIL, new_email="newer@example.com")
    there = {"email": "newer@example.com", "password": "seven lemons in a bowl"}
    checked = sandbox.control(
        "POST", "/_control/api/users/check", {"api_key": SandboxProcess.api_key} | there
    )
    assert checked == {"matches": True}
