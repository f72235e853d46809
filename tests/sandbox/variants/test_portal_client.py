"""The portal's client at every variant: without a profile where the contract expects that it copes,
and elsewhere with the wire profile that the sandbox itself names."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import Options
from icsso.client.contract import CloudPaymentsRequest, CustomerRecord, PayingCustomer
from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudRejected,
    NotRegistered,
)
from icsso.client.wire.profile import WireProfile
from sandbox.variants.registry import VARIANTS
from tests.sandbox_process import SandboxProcess

LAUNDRY, PASSWORD = "laundry@example.com", "copper kettle on the porch"
ROSA, HERS = "rosa@example.com", "a window over the river"
# What a variant changes of what happens, and not only of how it is said.
ALLOWED: Mapping[str, Mapping[str, Any]] = {
    "known_address_overwrites": {"known address": None},
    "known_address_registers": {"known address": None},
    "several_registrations": {"known address": None},
    "credits_as_zero": {"credit": Decimal(0)},
    "due_date_unreadable": {"due": False},
    "account_without_optional_fields": {"autopay": None, "paperless": None},
    "register_without_results": {"registered": None},
    "users_without_optional_fields": {"by whom": set()},
    "contrary": {"known address": None, "registered": None},
}


def client(sandbox: SandboxProcess, wire: WireProfile) -> InvoiceCloudClient:
    options = Options(timeout=10, wire=wire)
    return InvoiceCloudClient(base_url=sandbox.url, api_key=sandbox.api_key, options=options)


def request(account_number: str, *, create: bool) -> CloudPaymentsRequest:
    return CloudPaymentsRequest(
        css_url="",
        return_url="http://localhost:8000/back/",
        postback_url="http://localhost:8000/postback/",
        biller_reference="reference-1",
        create_customer_record=create,
        customers=(PayingCustomer(account_number=account_number),),
    )


def raised(call: Callable[[], object]) -> Any:
    """Returns the kind of the error that the call raises; None if it raises none."""
    try:
        call()
    except InvoiceCloudError as error:
        return type(error)
    return None


def walk(sandbox: SandboxProcess, ic: InvoiceCloudClient) -> dict[str, Any]:
    """Makes every call as the portal does, and returns what it learns."""
    guid = {one["account_number"]: one["guid"] for one in sandbox.state("customers")}
    account, credit = ic.account(guid["10000101"]), ic.account(guid["10000103"])
    users = ic.retrieve_users(account_number="10000101")
    refusal = ""
    with suppress(InvoiceCloudRejected):
        ic.cloud_payments(request("none", create=False))
        refusal = "none"
    record = {"name": "New Customer", "email": "new@example.com"}
    results = ic.register_accounts(email=ROSA, password=HERS, account_numbers=["10000104"])
    return {
        "active": ic.biller_status().active,
        "is registered": any(user.registered for user in users),
        "by whom": {user.email for user in ic.retrieve_users(email=LAUNDRY) if user.email},
        "unknown account": ic.retrieve_users(account_number="none"),
        "token": len(ic.remote_authentication(email=LAUNDRY, password=PASSWORD).token) > 20,
        "wrong password": raised(lambda: ic.remote_authentication(email=LAUNDRY, password="no")),
        "unknown user": raised(lambda: ic.remote_authentication(email="n@x.com", password="no")),
        "accounts": [row.account_number for row in ic.retrieve_user_accounts(email=LAUNDRY)],
        "no accounts": raised(lambda: ic.retrieve_user_accounts(email="nobody@example.com")),
        "registered": [row.registered for row in results] or None,
        "is hers": sandbox.customer("10000104")["registered_by"],
        "known address": raised(
            lambda: ic.register_accounts(email=LAUNDRY, password="x", account_numbers=["10000102"])
        ),
        "password": raised(lambda: ic.update_password(email=ROSA, new_password="another")),
        "whose password": raised(lambda: ic.update_password(email="n@x.com", new_password="x")),
        "address": raised(lambda: ic.update_email_address(email=ROSA, new_email="r@example.com")),
        "taken": raised(lambda: ic.update_email_address(email="r@example.com", new_email=LAUNDRY)),
        "created": raised(
            lambda: ic.create_customer_record(CustomerRecord(account_number="10000999", **record))
        ),
        "exists": raised(
            lambda: ic.create_customer_record(CustomerRecord(account_number="10000101", **record))
        ),
        "guid": str(ic.retrieve_customer_guid(account_number="10000101", email=LAUNDRY)),
        "balance": account.balance_due,
        "credit": credit.balance_due,
        "due": account.due_date is not None,
        "autopay": account.autopay,
        "paperless": account.paperless,
        "page": "/cloudpayments/" in ic.cloud_payments(request("10000101", create=True)),
        "no page": refusal,
    }


def plain(sandbox: SandboxProcess) -> dict[str, Any]:
    return {
        "active": True,
        "is registered": True,
        "by whom": {LAUNDRY},
        "unknown account": (),
        "token": True,
        "wrong password": CredentialMismatch,
        "unknown user": NotRegistered,
        "accounts": ["10000101"],
        "no accounts": InvoiceCloudRejected,
        "registered": [True],
        "is hers": ROSA,
        "known address": AlreadyExists,
        "password": None,
        "whose password": InvoiceCloudRejected,
        "address": None,
        "taken": AlreadyExists,
        "created": None,
        "exists": AlreadyExists,
        "guid": sandbox.customer("10000101")["guid"],
        "balance": Decimal("84.2"),
        "credit": Decimal("-25.1"),
        "due": True,
        "autopay": False,
        "paperless": False,
        "page": True,
        "no page": "",
    }


def test_the_contract(sandbox: SandboxProcess) -> None:
    assert walk(sandbox, client(sandbox, WireProfile())) == plain(sandbox)


@pytest.mark.parametrize("name", ["conflict_400", "rejection_200_status_text"])
def test_a_shortcut_is_understood(sandbox: SandboxProcess, name: str) -> None:
    sandbox.vary(name)
    wire = WireProfile.parse(sandbox.wire_profile())
    assert walk(sandbox, client(sandbox, wire)) == plain(sandbox)


# The client opens no pages and gets no postbacks.
OF_THE_CLIENT = [name for name in VARIANTS if not name.startswith(("sso_", "postback_"))]


@pytest.mark.parametrize("name", [*OF_THE_CLIENT, "contrary"])
def test_the_client_copes(sandbox: SandboxProcess, name: str) -> None:
    expected = plain(sandbox) | dict(ALLOWED.get(name, {}))
    sandbox.vary(name)
    # Limits would only make the walk slow: a 429 is a fault of its own in other tests.
    sandbox.control("POST", "/_control/api/variants", {"off": ["rate_limit"]})
    needed = name == "contrary" or VARIANTS[name].copes == "profile"
    wire = WireProfile.parse(sandbox.wire_profile() if needed else {})
    assert walk(sandbox, client(sandbox, wire)) == expected
