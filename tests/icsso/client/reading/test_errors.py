"""Every row of the contract's table of errors, and answers that break the contract."""

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
    InvoiceCloudMisplaced,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
    NotRegistered,
)
from tests.icsso.client.wire import ADDRESSES, CALLS, client, failure, payload_text

MISMATCH = '{"Code": "InvalidCredentials", "Message": "The password is not correct."}'
ABSENT = '{"Code": "NotRegistered", "Message": "The user is not registered."}'
# As ASP.NET words them: nobody has looked at the customer.
NO_SUCH_PATH = '{"Message": "No HTTP resource was found that matches the request URI."}'
NO_SUCH_METHOD = '{"Message": "The requested resource does not support http method \'POST\'."}'
SAYS_WHY = '{"Message": "The account is closed."}'


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
        (404, NO_SUCH_PATH, InvoiceCloudMisplaced),
        (405, NO_SUCH_METHOD, InvoiceCloudMisplaced),
        (415, "", InvoiceCloudMisplaced),
        (501, NO_SUCH_METHOD, InvoiceCloudMisplaced),
        (403, SAYS_WHY, InvoiceCloudRejected),
        (404, "", InvoiceCloudProtocolError),
        (403, "<html>closed</html>", InvoiceCloudProtocolError),
        (200, '{"Message": "The account is closed."}', InvoiceCloudRejected),
        (200, '{"Message": "The account is closed.", "Data": null}', InvoiceCloudRejected),
        (200, '{"ErrorMessage": "The account is closed.", "Data": null}', InvoiceCloudRejected),
        (500, SAYS_WHY, InvoiceCloudProtocolError),
        (301, "", InvoiceCloudMisplaced),
        (302, "", InvoiceCloudProtocolError),
        (429, "", InvoiceCloudUnavailable),
        (502, "", InvoiceCloudUnavailable),
        (503, "", InvoiceCloudUnavailable),
        (504, "", InvoiceCloudUnavailable),
        (522, "<html>origin</html>", InvoiceCloudUnavailable),
        (422, '{"title": "Bad data", "detail": "The account is closed."}', InvoiceCloudRejected),
        (404, '{"title": "Not Found", "status": 404}', InvoiceCloudProtocolError),
        (400, "The account is closed.", InvoiceCloudRejected),
        (404, "404 page not found", InvoiceCloudProtocolError),
    ],
)
def test_what_each_status_means(status: int, body: str, kind: type[InvoiceCloudError]) -> None:
    error = failure(status=status, body=body)
    assert type(error) is kind
    assert error.status == status
    if '"Message"' in body or "closed." in body:
        assert error.reason
        assert error.reason in body
    assert "closed" not in str(error)


@responses.activate
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('"The \\ud800account\\u0000 is\\r\\n closed\\u202e."', "The account is closed ."),
        (f'"{"closed " * 1000}"', ("closed " * 1000)[:200]),
        ("42", ""),
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
    [(408, True), (429, False), (502, True), (503, True), (504, True), (500, True), (400, False)],
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
    "zero": "0",
    "number in d": '{"d": 0}',
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
        ("retrieve_customer_guid", '{"CustomerGuid": "00000000000000000000000000000000"}'),
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
