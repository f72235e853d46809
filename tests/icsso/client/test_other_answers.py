"""Answers that nobody has promised, as services of others give them: what they mean is found out,
and nothing is believed that was not said."""

import json
from typing import Any

import pytest
import responses

from icsso.client.errors import (
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudIncomplete,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)
from tests.icsso.client.wire import ADDRESSES, CALLS, EMAIL, client, failure

ROW = {"AccountNumber": "1000-0101", "EmailAddress": EMAIL, "Registered": "Y"}


def answers(operation: str, body: Any, *, status: int = 200) -> None:
    responses.upsert(*ADDRESSES[operation], json=body, status=status)


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        {"Data": {"Data": {"Users": [ROW]}}},
        {"Data": {"Data": [ROW]}},
        {"Data": "", "Users": [ROW]},
        {"Data": {"Message": "SUCCESS"}, "Users": ROW},
        {"Data": ROW},
        ROW,
        {"d": {"Users": [ROW]}},
        {"d": json.dumps({"Data": [ROW]})},
        {"Users": [ROW, ROW | {"AccountNumber": "10000101-5"}]},
        {"Users": [ROW, None, {}]},
    ],
)
def test_a_user_wherever_it_stands(body: Any) -> None:
    answers("retrieve_users", body)
    [user] = CALLS["retrieve_users"](client())
    assert (user.account_number, user.registered) == ("1000-0101", True)


NOBODY = {"AccountNumber": None, "CustomerGuid": "{00000000-0000-0000-0000-000000000000}"}


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"Users": [NOBODY | {"EmailAddress": "", "Registered": False}]}),
        (200, {"Data": NOBODY | {"Registered": "False"}}),
        (200, {"Users": [None]}),
        (200, {"Success": True, "Data": None}),
        (200, {"Data": None}),
        (200, {"d": {"Users": None}}),
        (200, {"Success": "N", "Message": "User does not exist."}),
        (400, {"Message": "Unknown account number"}),
        (404, {"Message": "The account number was not found."}),
    ],
)
def test_nobody_however_it_is_said(status: int, body: Any) -> None:
    answers("retrieve_users", body, status=status)
    assert CALLS["retrieve_users"](client()) == ()


@responses.activate
def test_the_user_of_a_similar_account_is_nobodys() -> None:
    """Neither the CustomerGUID nor the email may be taken for those of the account asked about."""
    answers("retrieve_users", [ROW | {"AccountNumber": "100001015"}])
    with pytest.raises(InvoiceCloudIncomplete):
        CALLS["retrieve_users"](client())


@responses.activate
@pytest.mark.parametrize("operation", ["update_password", "update_email_address"])
@pytest.mark.parametrize("said", ["N", "n", "off", 0, "0", False])
def test_success_is_no_however_it_is_written(operation: str, said: object) -> None:
    answers("retrieve_users", [])
    assert type(failure(operation, json={"Success": said})) is InvoiceCloudRejected


@responses.activate
@pytest.mark.parametrize("said", ["Failed", "Partly", -1, 2])
def test_success_that_is_neither_yes_nor_no_is_asked_about(said: object) -> None:
    answers("biller_status", {"Active": True})
    answers("retrieve_users", [ROW])
    answers("remote_authentication", None, status=401)
    answers("update_password", {"Success": said})
    with pytest.raises(InvoiceCloudRejected):
        CALLS["update_password"](client())
    answers("remote_authentication", {"RemoteAuthenticationToken": "t"})
    CALLS["update_password"](client())


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"Status": "OK"}),
        (200, {"Active": "A"}),
        (200, {}),
        (403, None),
        (404, None),
        (405, None),
    ],
)
def test_a_biller_status_of_another_kind_hides_no_wrong_password(status: int, body: Any) -> None:
    answers("biller_status", body, status=status)
    answers("retrieve_users", [ROW])
    assert type(failure("remote_authentication", status=401)) is CredentialMismatch
    answers("retrieve_users", [])  # as from a server that says so of everything
    answers("remote_authentication", None, status=401)
    with pytest.raises(InvoiceCloudError) as caught:
        CALLS["remote_authentication"](client())
    assert caught.value.operation == "biller_status"


@responses.activate
@pytest.mark.parametrize("status", [401, 500, 408])
def test_a_refused_key_and_an_outage_are_no_wrong_password(status: int) -> None:
    answers("biller_status", None, status=status)
    answers("retrieve_users", [ROW])
    answers("remote_authentication", None, status=403)
    with pytest.raises(InvoiceCloudError) as caught:
        CALLS["remote_authentication"](client())
    assert isinstance(caught.value, InvoiceCloudUnauthorized) or caught.value.is_outage


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        {"Results": [{"Registered": True}]},
        {"Results": [{"AccountNumber": "10000101", "Registered": "Done"}]},
        ["10000101", "10000105"],
    ],
)
def test_a_registration_answered_unclearly_is_asked_about(body: Any) -> None:
    answers("register_accounts", body)
    answers("retrieve_users", [ROW])
    answers("remote_authentication", {"RemoteAuthenticationToken": "t"})
    answers("retrieve_user_accounts", {"Data": {"AccountNumber": 10000101}})
    told = [(one.account_number, one.registered) for one in CALLS["register_accounts"](client())]
    assert told == [("10000101", True), ("10000105", False)]
    answers("retrieve_users", [])
    with pytest.raises(InvoiceCloudIncomplete):
        CALLS["register_accounts"](client())


@responses.activate
def test_blanks_around_a_token_and_an_address_are_no_part_of_them() -> None:
    answers("remote_authentication", {"RemoteAuthenticationToken": " abc\r\n"})
    assert CALLS["remote_authentication"](client()).token == "abc"
    answers("cloud_payments", {"Data": {"CloudPaymentURL": "https://www.invoicecloud.com/x\n"}})
    assert CALLS["cloud_payments"](client()) == "https://www.invoicecloud.com/x"


@responses.activate
@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [(429, None, 1), (429, "soon", 1), (429, "0", 0), (429, "7", 7), (503, None, None)],
)
def test_limits_are_counted_by_the_second(
    status: int, header: str | None, seconds: int | None
) -> None:
    error = failure(status=status, headers={"Retry-After": header} if header else {})
    assert isinstance(error, InvoiceCloudUnavailable)
    assert error.retry_after == seconds


@responses.activate
def test_a_request_that_came_too_slowly_is_an_outage_and_no_wrong_password() -> None:
    error: InvoiceCloudError = failure("remote_authentication", status=408)
    assert isinstance(error, InvoiceCloudUnavailable)
