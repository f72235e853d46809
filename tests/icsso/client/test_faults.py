"""Every fault the sandbox can have, at every operation: one of our errors, or the plain answer."""

from typing import Any

import pytest

from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import Options
from icsso.client.contract import OPERATIONS
from icsso.client.errors import (
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudIncomplete,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)
from tests.icsso.client.wire import CALLS
from tests.sandbox_process import SandboxProcess

# kind -> what is raised, and whether the outcome is unknown
RAISED: dict[str, tuple[type[InvoiceCloudError], bool]] = {
    "unavailable": (InvoiceCloudUnavailable, True),
    "too_many": (InvoiceCloudUnavailable, False),
    "bad_gateway": (InvoiceCloudUnavailable, True),
    "gateway_timeout": (InvoiceCloudUnavailable, True),
    "reset": (InvoiceCloudUnavailable, True),
    "reset_after": (InvoiceCloudUnavailable, True),
    "hang": (InvoiceCloudUnavailable, True),
    "hang_after": (InvoiceCloudUnavailable, True),
    "html": (InvoiceCloudProtocolError, True),
    "truncated": (InvoiceCloudProtocolError, True),
    "wrong_type": (InvoiceCloudIncomplete, True),
    "redirect": (InvoiceCloudProtocolError, True),
    "server_error": (InvoiceCloudProtocolError, True),
    "refused": (InvoiceCloudRejected, False),
    "success_false": (InvoiceCloudRejected, False),
    "unauthorized": (InvoiceCloudUnauthorized, False),
}
HANGS = {"hang", "hang_after"}
NOTHING_PROMISED = {"update_password", "update_email_address"}
# Operations for which an empty list, the fault `wrong_type`, is an answer or is asked about.
MAY_BE_A_LIST = {
    "retrieve_users",
    "retrieve_user_accounts",
    "register_accounts",
    "create_customer_record",
    *NOTHING_PROMISED,
}


def client(sandbox: SandboxProcess, timeout: float = 10) -> InvoiceCloudClient:
    options = Options(timeout=timeout)
    return InvoiceCloudClient(base_url=sandbox.url, api_key=sandbox.api_key, options=options)


def call(sandbox: SandboxProcess, operation: str, invoice_cloud: InvoiceCloudClient) -> Any:
    """Makes the call so that only the fault can spoil it."""
    if operation == "account":
        return invoice_cloud.account(sandbox.customer("10000101")["guid"])
    return CALLS[operation](invoice_cloud)


def switch_on(sandbox: SandboxProcess, operation: str, kind: str, **more: Any) -> None:
    fault = {"operation": operation, "kind": kind, "times": 1, "seconds": 30} | more
    sandbox.control("POST", "/_control/api/faults", fault)


@pytest.mark.parametrize("kind", RAISED)
def test_a_fault_at_any_operation_is_the_error_it_should_be(
    sandbox: SandboxProcess, kind: str
) -> None:
    wanted, unknown = RAISED[kind]
    invoice_cloud = client(sandbox, 0.4 if kind in HANGS else 10)
    switch_on(sandbox, "*", kind, times=None)
    for operation in OPERATIONS:
        if kind in HANGS and operation not in {"account", "update_password"}:
            continue  # each costs its time-out, and all share one way
        if kind == "wrong_type" and operation in MAY_BE_A_LIST:
            continue
        with pytest.raises(InvoiceCloudError) as caught:
            call(sandbox, operation, invoice_cloud)
        assert type(caught.value) is wanted, operation
        assert caught.value.outcome_unknown is unknown, operation
    sandbox.control("DELETE", "/_control/api/faults")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_empty_body_is_an_answer_only_where_nothing_must_be_said(
    sandbox: SandboxProcess, operation: str
) -> None:
    switch_on(sandbox, operation, "empty")
    if operation in NOTHING_PROMISED | {"register_accounts", "create_customer_record"}:
        call(sandbox, operation, client(sandbox, 5))  # what it leaves out is asked elsewhere
        return
    with pytest.raises(InvoiceCloudError) as caught:
        call(sandbox, operation, client(sandbox, 5))
    # The password was right, and Invoice Cloud says that the address is registered.
    wanted = CredentialMismatch if operation == "remote_authentication" else InvoiceCloudIncomplete
    assert type(caught.value) is wanted


def test_another_password_is_told_apart_from_another_key(sandbox: SandboxProcess) -> None:
    switch_on(sandbox, "remote_authentication", "wrong_password")
    with pytest.raises(CredentialMismatch):
        call(sandbox, "remote_authentication", client(sandbox, 5))


@pytest.mark.parametrize("kind", ["wrapped", "stringly", "slow"])
@pytest.mark.parametrize(
    "operation", ["biller_status", "retrieve_users", "retrieve_user_accounts", "register_accounts"]
)
def test_what_only_looks_different_is_read_the_same(
    sandbox: SandboxProcess, kind: str, operation: str
) -> None:
    invoice_cloud = client(sandbox, 10)
    plain = call(sandbox, operation, invoice_cloud)
    switch_on(sandbox, operation, kind, seconds=0.01)
    assert call(sandbox, operation, invoice_cloud) == plain


def test_retry_after_is_handed_on(sandbox: SandboxProcess) -> None:
    switch_on(sandbox, "biller_status", "unavailable", seconds=90)
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        client(sandbox, 5).biller_status()
    assert caught.value.retry_after == 90


def test_what_was_carried_out_before_the_answer_was_lost_is_done_all_the_same(
    sandbox: SandboxProcess,
) -> None:
    switch_on(sandbox, "update_password", "reset_after")
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        client(sandbox, 5).update_password(
            email="laundry@example.com", new_password="another kettle on the stove"
        )
    assert caught.value.outcome_unknown
    given = client(sandbox, 5).remote_authentication(
        email="laundry@example.com", password="another kettle on the stove"
    )
    assert given.token
