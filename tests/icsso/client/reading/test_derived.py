"""What a refusal means where the client asks further questions instead of reading the message:
about the key, the address, or what already exists."""

import json
from itertools import product

import pytest
import responses

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
from tests.icsso.client.wire import (
    ADDRESSES,
    BASE,
    CALLS,
    EMAIL,
    TOKEN,
    client,
    failure,
    payload_text,
)

SAYS_WHY = '{"Message": "The account is closed."}'


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
    (200, "false"),
    (200, '{"Data": false}'),
    (200, '{"Error": {"Number": 12, "Message": "Invalid login"}}'),
    (200, '{"Errors": ["Invalid login"], "RemoteAuthenticationToken": null}'),
    (200, '"{\\"Message\\": \\"Invalid login\\"}"'),
    (200, "Invalid login"),
    (400, "Invalid login"),
    (204, ""),
    (423, ""),
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
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["remote_authentication"], status=401)
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
    """`Password updated.` and `Password too short.` may stand in the same field."""
    unclear = '{"Message": "The account is closed."}'
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    users = [{"EmailAddress": EMAIL, "Registered": True}]
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": users})
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    error = failure("update_password", body=unclear)
    assert (type(error), error.reason) == (InvoiceCloudRejected, "The account is closed.")
    responses.replace(*ADDRESSES["remote_authentication"], json=TOKEN)
    CALLS["update_password"](client())


@responses.activate
@pytest.mark.parametrize("body", ['"Error: user not found"', '{"Data": "Error: user not found"}'])
def test_a_refusal_in_bare_words_is_no_success(body: str) -> None:
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": []})
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    assert type(failure("update_password", body=body)) is InvoiceCloudRejected
    assert failure("retrieve_customer_guid", body=body).reason == "Error: user not found"
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
        '"{\\"Users\\": []}"',
        '{"Data": "[]"}',
        "No records found",
    ):
        responses.reset()
        responses.add(*ADDRESSES["retrieve_users"], body=body)
        assert CALLS["retrieve_users"](client()) == (), body
    for status, body in ((204, ""), (404, '{"Message": "Account not found."}')):
        responses.reset()
        responses.add(*ADDRESSES["retrieve_users"], status=status, body=body)
        assert CALLS["retrieve_users"](client()) == (), status


@responses.activate
@pytest.mark.parametrize("operation", ["update_password", "update_email_address"])
def test_what_an_update_says_more_than_nothing_is_checked(operation: str) -> None:
    """`{"Status": "Failed"}` and `{"RowsAffected": 1}` look alike."""
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": []})
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    for body in (
        *('{"Status": "Failed"}', '{"ErrorCode": 12}', "false", '"Failed"'),
        *('"false"', '"None"', '{"Message": "False"}', '{"Data": "N/A"}'),
    ):
        assert isinstance(failure(operation, body=body), InvoiceCloudRejected), body
        responses.remove(*ADDRESSES[operation])
    for body in ("true", "null", "{}", '{"Message": "Success."}', '{"Success": true, "Id": 1}'):
        responses.replace(*ADDRESSES["remote_authentication"], status=500)
        responses.add(*ADDRESSES[operation], body=body)
        CALLS[operation](client())
        responses.remove(*ADDRESSES[operation])


@responses.activate
def test_a_refused_registration_of_the_same_login_says_which_accounts_it_has() -> None:
    """It may be refused as a whole: because they are registered already, or because of one."""
    responses.add(*ADDRESSES["retrieve_users"], json=[{"LoginName": EMAIL, "Registered": True}])
    responses.add(*ADDRESSES["remote_authentication"], json=TOKEN)
    responses.add(*ADDRESSES["retrieve_user_accounts"], json=[{"AccountNumber": "1000-0101"}])
    responses.add(*ADDRESSES["register_accounts"], status=409, body=SAYS_WHY)
    results = CALLS["register_accounts"](client())
    told = [(one.account_number, one.registered, one.message) for one in results]
    closed = "The account is closed."
    assert told == [("10000101", True, closed), ("10000105", False, closed)]


@responses.activate
def test_who_gets_the_bills_is_not_who_signs_in() -> None:
    """Retrieve Users by an address may find the customers who get their bills there."""
    bills = {"EmailAddress": EMAIL, "LoginName": "office@example.com", "Registered": True}
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], json=[bills])
    assert type(failure("remote_authentication", status=401)) is NotRegistered
    [user] = CALLS["retrieve_users"](client())
    assert user.email == "office@example.com"
    login = {"EmailAddress": "bills@example.com", "LoginName": EMAIL.upper(), "Registered": True}
    responses.replace(*ADDRESSES["retrieve_users"], json=[bills, login])
    assert type(failure("remote_authentication", status=401)) is CredentialMismatch


@responses.activate
def test_what_may_be_a_secret_is_no_reason() -> None:
    """Neither a token nor an address, wherever it stands."""
    secrets = (
        "a1b2c3d4e5f6a7b8",
        "Bearer eyJhbGciOiJIUzI1NiJ9",
        "See https://evil.example/pay/1",
        "k3" * 40,
    )
    for secret, way in product(
        secrets, ("{}", '{{"Data": {}}}', '{{"Message": {}}}', '{{"Error": {{"Token": {}}}}}')
    ):
        responses.reset()
        error = failure("retrieve_customer_guid", status=400, body=way.format(json.dumps(secret)))
        assert error.reason == "", (way, secret)
    sentence = "Your token is copper kettle"
    assert failure("retrieve_customer_guid", status=423, json=sentence).reason == sentence
    for body in (sentence, {"Data": sentence}, {"Error": {"Token": sentence}}):
        responses.reset()
        assert failure("cloud_payments", status=400, json=body).reason == "", body


@responses.activate
def test_success_is_no_reason_of_a_refusal() -> None:
    error = failure("cloud_payments", body='{"Message": "SUCCESS", "Data": false}')
    assert (type(error), error.reason) == (InvoiceCloudRejected, "")


@responses.activate
def test_an_address_beside_a_refusal_is_no_payment_page() -> None:
    page = f"{BASE}/help/12"
    error = failure("cloud_payments", json={"Message": "Invalid Invoice Type ID", "Data": page})
    assert (type(error), error.reason) == (InvoiceCloudRejected, "Invalid Invoice Type ID")
    for body in (page, {"Data": page}, {"Message": "SUCCESS", "Data": page}):
        responses.reset()
        responses.add(*ADDRESSES["cloud_payments"], json=body)
        assert CALLS["cloud_payments"](client()) == page


@responses.activate
@pytest.mark.parametrize(
    "body",
    ['{"Status": "Failed"}', '{"ErrorCode": 12}', '{"Result": false}', '{"RowsAffected": 0}'],
)
def test_what_need_not_be_said_is_asked_if_more_is_said(body: str) -> None:
    responses.add(*ADDRESSES["retrieve_users"], json={"Users": []})
    assert type(failure("create_customer_record", body=body)) is InvoiceCloudRejected
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["remote_authentication"], status=401)
    praised = '{"Message": "OK", ' + body[1:]
    assert type(failure("update_password", body=praised)) is InvoiceCloudRejected
    responses.replace(*ADDRESSES["retrieve_users"], json=[{"Registered": False}])
    assert CALLS["create_customer_record"](client()) is None


@responses.activate
@pytest.mark.parametrize(
    "text", ["Service temporarily unavailable", "The system is down.", "Under maintenance"]
)
def test_a_sentence_about_the_service_is_an_outage(text: str) -> None:
    error = failure("update_password", body=text, content_type="text/plain")
    assert error.is_outage
    assert error.outcome_unknown


@responses.activate
@pytest.mark.parametrize("email", ["l*****y@example.com", "bills@example.com", "", None])
def test_whoever_is_named_as_registered_is(email: str | None) -> None:
    """Unless the login is another address: what is shown may be masked, or where the bills go."""
    for login in (None, "laundry1", "l*****y@example.com", EMAIL.upper()):
        row = {"EmailAddress": email, "LoginName": login, "Registered": True}
        responses.upsert(*ADDRESSES["retrieve_users"], json=[row])
        assert client().is_registered(EMAIL), row
    row["LoginName"] = "office@example.com"
    responses.replace(*ADDRESSES["retrieve_users"], json=[row])
    assert not client().is_registered(EMAIL)
