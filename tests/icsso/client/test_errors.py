"""Every row of the contract's table of errors, and every answer that keeps no promise."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError

from icsso.client.contract import OPERATIONS
from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudIncomplete,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
    NotRegistered,
)
from tests.icsso.client.wire import ADDRESSES, CALLS, EMAIL, client, payload_text

MISMATCH = '{"Code": "InvalidCredentials", "Message": "The password is not correct."}'
ABSENT = '{"Code": "NotRegistered", "Message": "The user is not registered."}'
SAYS_WHY = '{"Message": "The account is closed."}'


def failure(operation: str = "retrieve_users", **answer: object) -> InvoiceCloudError:
    method, address = ADDRESSES[operation]
    responses.add(method, address, **answer)  # type: ignore[arg-type]
    with pytest.raises(InvoiceCloudError) as caught:
        CALLS[operation](client())
    assert caught.value.operation == operation
    return caught.value


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, SAYS_WHY, InvoiceCloudRejected),
        (200, '{"Success": false, "ErrorMessage": "The account is closed."}', InvoiceCloudRejected),
        (200, '{"success": "False", "message": "The account is closed."}', InvoiceCloudRejected),
        (401, SAYS_WHY, InvoiceCloudUnauthorized),
        (401, "", InvoiceCloudUnauthorized),
        (409, SAYS_WHY, AlreadyExists),
        (404, SAYS_WHY, InvoiceCloudRejected),
        (403, SAYS_WHY, InvoiceCloudRejected),
        (404, "", InvoiceCloudProtocolError),
        (403, "<html>closed</html>", InvoiceCloudProtocolError),
        (200, '{"Message": "The account is closed."}', InvoiceCloudRejected),
        (200, '{"Message": "The account is closed.", "Data": null}', InvoiceCloudRejected),
        (200, '{"ErrorMessage": "The account is closed.", "Data": null}', InvoiceCloudRejected),
        (500, SAYS_WHY, InvoiceCloudProtocolError),
        (302, "", InvoiceCloudProtocolError),
        (429, "", InvoiceCloudUnavailable),
        (502, "", InvoiceCloudUnavailable),
        (503, "", InvoiceCloudUnavailable),
        (504, "", InvoiceCloudUnavailable),
    ],
)
def test_what_each_status_means(status: int, body: str, kind: type[InvoiceCloudError]) -> None:
    error = failure(status=status, body=body)
    assert type(error) is kind
    assert error.status == status
    if body.startswith("{"):
        assert error.reason == "The account is closed."
    assert "closed" not in str(error)


@responses.activate
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('"The \\ud800account\\u0000 is\\r\\n closed\\u202e."', "The account is closed ."),
        (f'"{"closed " * 1000}"', ("closed " * 1000)[:200]),
        ("42", "42"),
        ("null", ""),
    ],
    ids=["unprintable", "long", "number", "nothing"],
)
def test_the_words_of_a_refusal_can_be_shown_and_kept(message: str, reason: str) -> None:
    assert failure(status=400, body=f'{{"Message": {message}}}').reason == reason


@responses.activate
def test_what_it_says_of_a_call_may_stand_under_data() -> None:
    wrapped = '{"Data": {"Success": "false", "Message": "The account is closed."}}'
    error = failure(status=200, body=wrapped)
    assert (type(error), error.reason) == (InvoiceCloudRejected, "The account is closed.")
    responses.reset()
    error = failure("remote_authentication", status=400, body=f'{{"Data": {MISMATCH}}}')
    assert type(error) is CredentialMismatch


@responses.activate
@pytest.mark.parametrize(("status", "word"), [(500, "failed"), (302, "failed"), (400, "refused")])
def test_a_failure_is_not_logged_as_a_refusal(status: int, word: str) -> None:
    assert str(failure(status=status)) == f"retrieve_users: {word} ({status})"


@responses.activate
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_tells_an_outage_from_a_refusal(operation: str) -> None:
    method, address = ADDRESSES[operation]
    responses.add(method, address, status=503)
    responses.add(method, address, status=400, body=SAYS_WHY)
    if operation == "remote_authentication":  # what is asked after its refusal
        responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
        responses.add(*ADDRESSES["retrieve_users"], json={"Users": []})
    with pytest.raises(InvoiceCloudUnavailable):
        CALLS[operation](client())
    with pytest.raises(InvoiceCloudRejected):
        CALLS[operation](client())


@responses.activate
def test_another_password_and_no_such_user_are_the_customers_own() -> None:
    assert type(failure("remote_authentication", status=401, body=MISMATCH)) is CredentialMismatch
    responses.reset()
    assert type(failure("remote_authentication", status=404, body=ABSENT)) is NotRegistered


@responses.activate
def test_the_same_codes_mean_nothing_elsewhere() -> None:
    assert type(failure(status=401, body=MISMATCH)) is InvoiceCloudUnauthorized
    responses.reset()
    assert type(failure(status=404, body=ABSENT)) is InvoiceCloudRejected


REFUSALS = [
    (401, SAYS_WHY),
    (401, ""),
    (403, ""),
    (404, ""),
    (404, "<html>Not found</html>"),
    (400, SAYS_WHY),
    (200, SAYS_WHY),
    (200, '{"Success": false}'),
    (200, '{"Data": null}'),
    (200, '{"RemoteAuthenticationToken": ""}'),
    (200, '{"RemoteAuthenticationToken": "\\ud800"}'),
    (200, ""),
    (200, "null"),
    (200, '"Invalid credentials"'),
    (200, '"token"'),
    (200, '{"Data": "Login failed"}'),
    (200, '{"Message": "FAILED", "Data": "Invalid login"}'),
]


@responses.activate
@pytest.mark.parametrize("is_registered", [True, False])
@pytest.mark.parametrize(("status", "body"), REFUSALS)
def test_why_an_authentication_failed_is_asked_and_not_read(
    status: int, body: str, is_registered: bool
) -> None:
    users = [{"EmailAddress": EMAIL, "Registered": is_registered}]
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": users})
    error = failure("remote_authentication", status=status, body=body)
    assert type(error) is (CredentialMismatch if is_registered else NotRegistered)
    asked = [call.request.url for call in responses.calls]
    order = ("remote_authentication", "biller_status", "retrieve_users")
    assert asked == [ADDRESSES[operation][1] for operation in order]


@responses.activate
@pytest.mark.parametrize(("status", "body"), [(500, ""), (302, ""), (200, "<html>Closed</html>")])
def test_a_broken_server_says_nothing_about_the_password(status: int, body: str) -> None:
    error = failure("remote_authentication", status=status, body=body)
    assert type(error) is InvoiceCloudProtocolError
    assert len(responses.calls) == 1


@responses.activate
def test_a_key_that_does_not_work_is_not_a_wrong_password() -> None:
    responses.add(*ADDRESSES["biller_status"], status=401)
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    with pytest.raises(InvoiceCloudUnauthorized):
        CALLS["remote_authentication"](client())


@responses.activate
def test_an_outage_while_asking_is_an_outage() -> None:
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], status=503)
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    with pytest.raises(InvoiceCloudUnavailable):
        CALLS["remote_authentication"](client())


@responses.activate
def test_what_cannot_be_explained_is_a_refusal_with_its_reason() -> None:
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], json={"Persons": []})
    error = failure("remote_authentication", status=401, body=SAYS_WHY)
    assert (type(error), error.reason) == (InvoiceCloudRejected, "The account is closed.")


TAKEN = {
    "register_accounts": [{"EmailAddress": EMAIL, "Registered": True}],
    "update_email_address": [{"EmailAddress": "willows@example.com", "Registered": True}],
    "create_customer_record": [{"AccountNumber": "10000105", "Registered": False}],
}


@responses.activate
@pytest.mark.parametrize("operation", TAKEN)
def test_what_exists_already_is_asked_and_not_read(operation: str) -> None:
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": TAKEN[operation]})
    error = failure(operation, status=400, body=SAYS_WHY)
    assert (type(error), error.reason) == (AlreadyExists, "The account is closed.")
    responses.reset()
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": []})
    assert type(failure(operation, status=400, body=SAYS_WHY)) is InvoiceCloudRejected


@responses.activate
def test_a_refusal_stands_where_nobody_explains_it() -> None:
    responses.add(*ADDRESSES["retrieve_users"], status=503)
    assert type(failure("register_accounts", status=400)) is InvoiceCloudRejected


@responses.activate
def test_a_message_where_nothing_is_promised_is_checked() -> None:
    """`Password updated.` and `Password too short.` look alike."""
    unclear = '{"Message": "The account is closed."}'
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    users = [{"EmailAddress": EMAIL, "Registered": True}]
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": users})
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    error = failure("update_password", body=unclear)
    assert (type(error), error.reason) == (InvoiceCloudRejected, "The account is closed.")
    responses.replace(*ADDRESSES["remote_authentication"], json={"RemoteAuthenticationToken": "t"})
    CALLS["update_password"](client())


@responses.activate
@pytest.mark.parametrize("body", ['"Error: user not found"', '{"Data": "Error: user not found"}'])
def test_a_refusal_in_bare_words_is_no_success(body: str) -> None:
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": []})
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    assert type(failure("update_password", body=body)) is InvoiceCloudRejected
    assert failure("cloud_payments", body=body).reason == "Error: user not found"
    assert type(failure("create_customer_record", body=body)) is InvoiceCloudRejected


@responses.activate
@pytest.mark.parametrize("operation", ["update_password", "update_email_address"])
def test_what_cannot_be_asked_after_an_unclear_answer_stays_unknown(operation: str) -> None:
    """It may have been made: no page may say that nothing was changed."""
    for name in ("biller_status", "retrieve_users", "remote_authentication"):
        responses.add(*ADDRESSES[name], status=429)
    error = failure(operation, body='{"Message": "Updated, thank you"}')
    assert type(error) is InvoiceCloudIncomplete
    assert error.outcome_unknown


@responses.activate
@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "Not Found"),
        (401, "API key not found"),
        (403, "No user access for this API key"),
        (400, "No account permission for this biller"),
        (200, "Service not found"),
    ],
)
def test_what_is_not_found_may_be_something_else_than_the_customer(
    status: int, message: str
) -> None:
    """Whoever counts as unknown is registered."""
    assert isinstance(failure(status=status, json={"Message": message}), InvoiceCloudError)


@responses.activate
def test_an_empty_list_may_be_said_in_words_or_left_out() -> None:
    for body in (
        "[]",
        "null",
        '{"Users": null}',
        '{"Data": []}',
        '{"Message": "SUCCESS", "Data": null}',
        '{"Message": "No records found.", "Data": null}',
        '{"Success": false, "Message": "Customer not found"}',
    ):
        responses.reset()
        responses.add(*ADDRESSES["retrieve_users"], body=body)
        assert CALLS["retrieve_users"](client()) == (), body


@responses.activate
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("0", 0), ("soon", None), ("²", None), ("-5", None), ("9" * 5000, None)],
)
def test_retry_after_in_seconds(header: str, seconds: int | None) -> None:
    error = failure(status=503, headers={"Retry-After": header})
    assert isinstance(error, InvoiceCloudUnavailable)
    assert error.retry_after == seconds


@responses.activate
def test_retry_after_as_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(hours=3), usegmt=True)
    error = failure(status=503, headers={"Retry-After": then})
    assert isinstance(error, InvoiceCloudUnavailable)
    assert error.retry_after is not None
    assert 3 * 3600 - 60 <= error.retry_after <= 3 * 3600


@responses.activate
@pytest.mark.parametrize(
    ("status", "unknown"),
    [(429, False), (502, True), (503, True), (504, True), (500, True), (400, False)],
)
def test_whether_it_may_have_been_carried_out(status: int, unknown: bool) -> None:
    assert failure("update_password", status=status).outcome_unknown is unknown


@responses.activate
def test_a_time_out_leaves_the_outcome_open_and_a_refused_connection_does_not() -> None:
    address = ADDRESSES["register_accounts"][1]
    refused = MaxRetryError(None, address, NewConnectionError(None, "refused"))  # type: ignore[arg-type]
    for fault, unknown in (
        (requests.ReadTimeout(), True),
        (requests.ConnectTimeout(), False),
        (requests.ConnectionError(refused), False),
        (requests.ConnectionError("Connection aborted."), True),
        (requests.exceptions.ChunkedEncodingError("broken"), True),
    ):
        responses.reset()
        error = failure("register_accounts", body=fault)
        assert type(error) is InvoiceCloudUnavailable, fault
        assert error.outcome_unknown is unknown, fault


NO_ANSWERS = {
    "html": "<!DOCTYPE html><html><body>Maintenance</body></html>",
    "number": "84.20",
    "cut": "{",
    "deep": "[" * 100_000,
    "huge number": '{"Users": 1' + "0" * 5000 + "}",
    "huge exponent": '{"Users": 1E9999999999999999999}',
}


@responses.activate
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("body", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_json_answer_is_an_error_of_its_own(operation: str, body: str) -> None:
    error = failure(operation, body=body)
    assert type(error) is InvoiceCloudProtocolError
    assert error.is_outage


# Without results, the registration is checked elsewhere; so is a created customer's GUID.
PROMISED = [
    name
    for name, operation in OPERATIONS.items()
    if any(field.is_required() for field in operation.reads.model_fields.values())
    and name != "remote_authentication"
]


@responses.activate
@pytest.mark.parametrize("operation", PROMISED)
@pytest.mark.parametrize("body", ["", "{}", '{"Data": {}}', '{"Success": true}'])
def test_a_payload_without_what_was_promised_is_incomplete(operation: str, body: str) -> None:
    error = failure(operation, body=body)
    assert type(error) is InvoiceCloudIncomplete
    assert not error.is_outage
    assert error.outcome_unknown


@responses.activate
@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("biller_status", '{"Active": "perhaps"}'),
        ("retrieve_users", '{"Users": [{"AccountNumber": "1", "Registered": "maybe"}]}'),
        ("retrieve_users", '{"Users": {"AccountNumber": "1"}}'),
        ("retrieve_users", '{"Users": ["10000101"]}'),
        ("retrieve_users", '{"Users": [{"AccountNumber": "1"}]}'),
        ("retrieve_users", '{"Users": [{"Registered": true}, {"AccountNumber": "1"}]}'),
        ("retrieve_user_accounts", '{"Accounts": [{"CustomerName": "Willows Laundry"}]}'),
        ("register_accounts", '{"Results": [{"AccountNumber": "\\ud800", "Registered": true}]}'),
        ("retrieve_customer_guid", '{"CustomerGuid": "00000000-0000-0000-0000-000000000000"}'),
        ("cloud_payments", '{"CloudPaymentURL": ""}'),
        ("cloud_payments", '{"CloudPaymentURL": ["https://www.invoicecloud.com/x"]}'),
    ],
)
def test_what_decides_something_is_never_a_silent_default(operation: str, body: str) -> None:
    assert type(failure(operation, body=body)) is InvoiceCloudIncomplete


@responses.activate
@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_there_has_carried_nothing_out(status: int) -> None:
    error = failure("update_password", status=status, body="<html>Not found</html>")
    assert type(error) is InvoiceCloudProtocolError
    assert (error.outcome_unknown, error.is_outage) == (False, False)


@responses.activate
@pytest.mark.parametrize(
    "url",
    [
        "https://www.evil.example/portal",
        "http://www.invoicecloud.com/portal",
        "https://www.invoicecloud.com@evil.example/portal",
        "https://www.invoicecloud.com:@evil.example/portal",
        "https://user@www.invoicecloud.com/portal",
        "https://www.invoicecloud.com.evil.example/portal",
        "https://www.invoicecloud.com:8443/portal",
        "https://www.invoicecloud.com\\@evil.example/portal",
        "https:\\\\www.invoicecloud.com/portal",
        "https://www.invoicecloud.com\t.evil.example/portal",
        "https://www.invoicecloud.com/\nportal",
        "//www.invoicecloud.com/portal",
        "/portal",
        "javascript:alert(1)//https://www.invoicecloud.com/",
        "data:text/html,https://www.invoicecloud.com/",
        "https://www.invoicecloud.com",
        "https://[www.invoicecloud.com/portal",
        "https://www.invoicecloud.com:port/portal",
        "https://xn--www.invoicecloud.com/portal",
        "https://www.invoicecloud.com。evil.example/portal",
    ],
)
def test_a_payment_page_of_any_other_place_is_refused(url: str) -> None:
    error = failure("cloud_payments", json={"Data": {"CloudPaymentURL": url}})
    assert type(error) is InvoiceCloudProtocolError
    assert "/portal" not in str(error)


@responses.activate
def test_a_good_answer_after_a_bad_one_is_good() -> None:
    failure("biller_status", status=503)
    responses.reset()
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    assert client().biller_status().active
