"""Answers that are not in the contract, such as those of other vendors' services: the client finds
out what they mean, and believes nothing that was not said."""

import json
from typing import Any
from uuid import UUID

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
from tests.icsso.client.wire import ADDRESSES, BASE, CALLS, EMAIL, GUID, TOKEN, client, failure

ROW = {"AccountNumber": "1000-0101", "EmailAddress": EMAIL, "Registered": "Y"}


def answers(operation: str, body: Any, *, status: int = 200) -> None:
    responses.upsert(*ADDRESSES[operation], json=body, status=status)


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        {"Data": "", "Users": [ROW]},
        {"Data": None, "Users": [ROW]},
        {"Data": [], "Users": [ROW]},
        {"Data": {"Data": None}, "Users": [ROW]},
        {"Data": [ROW], "Users": None},
        {"Data": {"Message": "SUCCESS"}, "Users": ROW},
        {"d": {"Users": [ROW]}},
        {"d": json.dumps({"Data": [ROW]})},
        {"Users": [ROW], "users": None},
        {"users": [], "USERS": [ROW]},
        {"data": [{"Account_Number": "1000-0101", "email_address": EMAIL, "registered": 1}]},
        {"Users": [ROW, ROW | {"AccountNumber": "10000101-5"}]},
        # As Json.NET writes lists when it keeps references, or names types.
        {"$id": "1", "Users": {"$id": "2", "$values": [{"$id": "3"} | ROW]}},
        {"$id": "1", "Data": {"$type": "System.Object[], mscorlib", "$values": [ROW]}},
        {"$id": "1", "$values": [ROW]},
        {"Users": [ROW, ROW | {"AccountNumber": "100001015"}]},
    ],
)
def test_a_user_wherever_it_stands(body: Any) -> None:
    answers("retrieve_users", body)
    [user] = CALLS["retrieve_users"](client())
    assert (user.account_number, user.registered) == ("1000-0101", True)


@responses.activate
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_user_in_any_encoding_and_beside_a_null_of_the_same_name(encoding: str) -> None:
    """Or whoever is registered would be nobody, and be registered over."""
    body = f'{{"Users": [{json.dumps(ROW)}], "Users": null}}'
    responses.upsert(*ADDRESSES["retrieve_users"], body=body.encode(encoding))
    [user] = CALLS["retrieve_users"](client())
    assert user.registered


@responses.activate
@pytest.mark.parametrize("names", [("Registered", "registered"), ("registered", "Registered")])
def test_two_values_of_one_name_are_none(names: tuple[str, str]) -> None:
    """Or whoever is registered would be registered over."""
    answers("retrieve_users", {"Users": [ROW | {names[0]: False, names[1]: True}]})
    with pytest.raises(InvoiceCloudIncomplete):
        CALLS["retrieve_users"](client())
    answers("retrieve_users", {"Users": [ROW | {"Account_Number": "10000103", "registered": "Y"}]})
    [user] = CALLS["retrieve_users"](client())
    assert (user.account_number, user.registered) == (None, True)


@responses.activate
@pytest.mark.parametrize("said", [{}, {"Registered": None}, {"LoginName": EMAIL}])
def test_whether_someone_is_registered_has_to_be_said(said: dict[str, Any]) -> None:
    answers("retrieve_users", {"Users": [{"AccountNumber": "10000101"} | said]})
    with pytest.raises(InvoiceCloudIncomplete):
        client().is_registered(EMAIL)


@responses.activate
@pytest.mark.parametrize(
    "said", ["t-2", "token", "QwErTyUiOpAsDfGh", "GUIDe-MTIz==", "12345678", str(GUID)]
)
def test_a_token_is_any_text_that_does_not_say_that_there_is_none(said: str) -> None:
    answers("remote_authentication", {"RemoteAuthenticationToken": said})
    assert CALLS["remote_authentication"](client()).token == said


@responses.activate
@pytest.mark.parametrize(
    "said",
    [
        *("null", "-1", "0", "False", "Invalid", "NotFound", "NO_SUCH_USER", "401", 0, 12345678),
        *("N/A", "none", "NaN", "(null)", "--", f"{UUID(int=0)}", f"({UUID(int=0)})", "0" * 32),
    ],
)
def test_what_can_be_guessed_is_no_token(said: object) -> None:
    """Or a wrong password would count as proven."""
    answers("biller_status", {"Active": True})
    answers("retrieve_users", [ROW])
    error = failure("remote_authentication", json={"RemoteAuthenticationToken": said})
    assert type(error) is CredentialMismatch


@responses.activate
@pytest.mark.parametrize("body", [{"Error": True}, {"Error": "True", "Message": "SUCCESS"}])
@pytest.mark.parametrize("operation", ["update_password", "update_email_address"])
def test_an_error_that_is_true_is_not_done(operation: str, body: Any) -> None:
    """Or the password would be set here, and not there."""
    answers("biller_status", {"Active": True})
    answers("retrieve_users", [])
    answers("remote_authentication", None, status=401)
    assert isinstance(failure(operation, json=body), InvoiceCloudIncomplete | InvoiceCloudRejected)


@responses.activate
def test_rows_beside_null_prove_who_is_registered() -> None:
    answers("biller_status", {"Active": True})
    answers("retrieve_users", {"Data": None, "Users": [ROW]})
    assert type(failure("remote_authentication", status=401)) is CredentialMismatch


@responses.activate
@pytest.mark.parametrize("row", [{}, {"AccountNumber": None, "EmailAddress": ""}])
def test_an_account_that_nobody_has_registered_exists(row: dict[str, Any]) -> None:
    answers("retrieve_users", {"Users": [row | {"Registered": False}]})
    [user] = CALLS["retrieve_users"](client())
    assert not user.registered


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        {"AccountNumber": "10000101", "Message": "Access denied for this user"},
        {"Data": {"AccountNumber": "10000101"}, "Message": "Access denied for this user"},
    ],
)
def test_an_account_that_a_refusal_names_is_not_the_users(body: Any) -> None:
    assert type(failure("retrieve_user_accounts", json=body)) is InvoiceCloudRejected


@responses.activate
def test_accounts_beside_null_are_there() -> None:
    answers("retrieve_user_accounts", {"Accounts": [ROW], "Data": None})
    assert len(CALLS["retrieve_user_accounts"](client())) == 1


@responses.activate
def test_the_user_of_a_similar_account_is_nobodys() -> None:
    """Neither the CustomerGUID nor the email may be taken for those of the account asked about."""
    answers("retrieve_users", [ROW | {"AccountNumber": "100001015"}])
    with pytest.raises(InvoiceCloudIncomplete):
        CALLS["retrieve_users"](client())


@responses.activate
@pytest.mark.parametrize("number", ["******0101", "XXXX0101", "…0101", "", None, "Acct. 10000101"])
def test_a_number_that_is_masked_missing_or_labeled_is_not_another(number: str | None) -> None:
    answers("retrieve_users", [ROW | {"AccountNumber": number}])
    assert len(CALLS["retrieve_users"](client())) == 1


@responses.activate
@pytest.mark.parametrize("inside", [f"{BASE}/help", str(GUID)])
@pytest.mark.parametrize(
    "operation", ["cloud_payments", "retrieve_customer_guid", "create_customer_record"]
)
@pytest.mark.parametrize("name", ["Message", "ErrorMessage", "Error", "Detail"])
def test_what_stands_in_a_refusal_is_no_payload(operation: str, inside: str, name: str) -> None:
    answers("retrieve_users", [])
    refusal = {name: "Refused, see", "Data": inside}
    for body in (refusal, {"Data": refusal}):
        assert type(failure(operation, json=body)) is InvoiceCloudRejected


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
    answers("remote_authentication", TOKEN)
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
        {"Results": [{"Registered": False, "Message": "no"}], "Data": None},
        {"Results": [{"Registered": False, "AccountNumber": None}]},
        ["10000101", "10000105"],
    ],
)
def test_a_registration_answered_unclearly_is_asked_about(body: Any) -> None:
    answers("register_accounts", body)
    answers("retrieve_users", [ROW])
    answers("remote_authentication", TOKEN)
    answers("retrieve_user_accounts", {"Data": [{"AccountNumber": 10000101}]})
    told = [(one.account_number, one.registered) for one in CALLS["register_accounts"](client())]
    assert told == [("10000101", True), ("10000105", False)]
    answers("retrieve_users", [])
    with pytest.raises(InvoiceCloudIncomplete):
        CALLS["register_accounts"](client())


@responses.activate
@pytest.mark.parametrize("away", ["remote_authentication", "retrieve_user_accounts"])
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("answer", "is_unclear"),
    [((200, {"Results": [{"Registered": True}]}), True), ((409, None), False)],
)
def test_an_outage_after_a_registration_is_no_other_password(
    away: str, status: int, answer: tuple[int, Any], is_unclear: bool
) -> None:
    answers("register_accounts", answer[1], status=answer[0])
    answers("retrieve_users", [ROW])
    answers("remote_authentication", TOKEN)
    answers(away, None, status=status)
    with pytest.raises(InvoiceCloudUnavailable) as caught:
        CALLS["register_accounts"](client())
    assert caught.value.outcome_unknown is (is_unclear or status == 503)


@responses.activate
def test_blanks_around_a_token_and_an_address_are_no_part_of_them() -> None:
    answers("remote_authentication", {"RemoteAuthenticationToken": " token-27\r\n"})
    assert CALLS["remote_authentication"](client()).token == "token-27"
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
