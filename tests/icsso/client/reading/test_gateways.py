"""What gateways and frameworks say instead of Invoice Cloud, or around what it says."""

import pytest
import responses

from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    Heard,
    InvoiceCloudError,
    InvoiceCloudMisplaced,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)
from tests.icsso.client.wire import ADDRESSES, CALLS, client, failure, payload_text


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        # A gateway's own words.
        (403, '{"message": "Forbidden"}', InvoiceCloudProtocolError),
        (403, '{"message": "Missing Authentication Token"}', InvoiceCloudMisplaced),
        (404, '{"message": "Not Found."}', InvoiceCloudProtocolError),
        (404, '{"statusCode": 404, "message": "Resource not found"}', InvoiceCloudRejected),
        (403, '{"Message": "Rate limit exceeded"}', InvoiceCloudUnavailable),
        (
            403,
            '{"Message": "Rate limit is exceeded. Try again in 1 second."}',
            InvoiceCloudUnavailable,
        ),
        (
            403,
            '{"message": "Out of bandwidth quota. Quota will be replenished in 12:03:11."}',
            InvoiceCloudUnavailable,
        ),
        (
            403,
            '{"message": "Out of call volume quota. Quota will be replenished in 12:03:11."}',
            InvoiceCloudUnavailable,
        ),
        (403, '{"Message": "Your quota of accounts is used up."}', InvoiceCloudRejected),
        (403, '{"Message": "System maintenance in progress."}', InvoiceCloudUnavailable),
        (400, '{"Message": "Too many requests."}', InvoiceCloudRejected),
        (413, "<html>", InvoiceCloudMisplaced),
        (431, "", InvoiceCloudMisplaced),
        (505, "", InvoiceCloudMisplaced),
        # Another way to say whether it succeeded, and why not.
        (200, '{"IsSuccess": false, "Message": "The account is closed."}', InvoiceCloudRejected),
        (
            200,
            '{"Succeeded": false, "Errors": [{"Description": "is closed."}]}',
            InvoiceCloudRejected,
        ),
        (200, '{"HasError": true, "ErrorMessages": ["It is closed."]}', InvoiceCloudRejected),
        (200, '{"Success": false, "ResponseMessage": "It is closed."}', InvoiceCloudRejected),
        (200, '{"error": "invalid", "error_description": "It is closed."}', InvoiceCloudRejected),
        # A status in the body alone.
        (200, '{"StatusCode": 401, "Message": "The account is closed."}', InvoiceCloudUnauthorized),
        (200, '{"StatusCode": "409", "Message": "The account is closed."}', AlreadyExists),
        (200, '{"Status": 500, "Message": "An error has occurred."}', InvoiceCloudProtocolError),
        (200, '{"StatusCode": 503, "Data": null}', InvoiceCloudUnavailable),
        # Also beside an empty list: whoever counts as unknown is registered.
        (200, '{"StatusCode": 401, "Message": "Denied", "Users": []}', InvoiceCloudUnauthorized),
        (200, '{"HttpStatusCode": "500", "Users": []}', InvoiceCloudProtocolError),
        (200, '{"StatusCode": 503, "Users": null}', InvoiceCloudUnavailable),
        (200, '{"StatusCode": 503, "Data": []}', InvoiceCloudUnavailable),
        (200, '{"HasErrors": true, "Users": []}', InvoiceCloudRejected),
        (200, '{"IsError": true, "Users": null}', InvoiceCloudRejected),
        (200, '{"Succeeded": false, "Users": []}', InvoiceCloudRejected),
        (200, '{"Message": "Service is temporarily unavailable"}', InvoiceCloudUnavailable),
        # Of some accounts, a service is never available.
        (200, '{"Message": "The service is not available for you."}', InvoiceCloudRejected),
        (200, '{"Message": "The service address is not available."}', InvoiceCloudRejected),
        (200, '{"Message": "The account is down for review."}', InvoiceCloudRejected),
        (200, '{"Message": "Service is not available at this address."}', InvoiceCloudRejected),
        (200, '{"Message": "The customer SITE MAINTENANCE INC. is new."}', InvoiceCloudRejected),
        (200, '{"Message": "It is closed for maintenance fees."}', InvoiceCloudRejected),
    ],
)
def test_what_gateways_and_frameworks_say(
    status: int, body: str, kind: type[InvoiceCloudError]
) -> None:
    error = failure(status=status, body=body)
    assert type(error) is kind
    assert error.reason or kind is not InvoiceCloudRejected or "Message" not in body


@responses.activate
@pytest.mark.parametrize(
    ("status", "body", "available"),
    [
        (200, '{"Message": "Under maintenance."}', False),
        (200, '{"StatusCode": 503}', False),
        (200, '{"StatusCode": 429}', True),
        (200, '{"Message": "No."}', True),
        (503, "", False),
        (429, "", True),
    ],
)
def test_an_outage_is_heard_of_wherever_it_is_said(status: int, body: str, available: bool) -> None:
    heard: list[Heard] = []
    responses.add(*ADDRESSES["retrieve_users"], status=status, body=body)
    with pytest.raises(InvoiceCloudError):
        CALLS["retrieve_users"](client(heard=heard.append))
    assert [one.available for one in heard] == [available]


@responses.activate
@pytest.mark.parametrize(
    ("location", "is_outage"),
    [
        ("https://www.invoicecloud.com/api/v1/remoteauth/RetrieveUsers", False),
        ("/API/v1/remoteauth/RetrieveUsers/", False),
        ("https://login.example.com/maintenance.html", True),
        ("/outage#login", True),
        ("/Error.aspx?aspxerrorpath=/api/v1/remoteauth/RetrieveUsers", True),
        ("/maintenance.html", True),
        ("", True),
    ],
)
@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_redirect_that_waiting_does_not_end_is_no_outage(
    status: int, location: str, is_outage: bool
) -> None:
    error = failure(status=status, headers={"Location": location})
    assert isinstance(error, InvoiceCloudProtocolError)
    assert (error.is_outage, error.outcome_unknown) == (is_outage, is_outage)
    assert error.status == status


@responses.activate
@pytest.mark.parametrize("location", ["/Account/Login?ReturnUrl=%2Fapi", "/a/sign-in.aspx"])
def test_a_redirect_to_a_sign_in_page_means_401(location: str) -> None:
    """Into which ASP.NET's Forms Authentication turns it, for a wrong password as well."""
    away = {"Location": location}
    error = failure(status=302, headers=away)
    assert (type(error), error.status) == (InvoiceCloudUnauthorized, 302)
    assert str(error) == "retrieve_users: refused (302)"
    responses.reset()
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], body=payload_text("retrieve_users"))
    error = failure("remote_authentication", status=302, headers=away)
    assert type(error) is CredentialMismatch
    responses.upsert(*ADDRESSES["biller_status"], status=302, headers=away)
    with pytest.raises(InvoiceCloudUnauthorized):
        CALLS["remote_authentication"](client())


@responses.activate
def test_a_token_beside_a_status_of_a_refusal_is_none() -> None:
    responses.add(*ADDRESSES["biller_status"], body=payload_text("biller_status"))
    responses.add(*ADDRESSES["retrieve_users"], body=payload_text("retrieve_users"))
    said = {"StatusCode": 401, "RemoteAuthenticationToken": "a1b2c3d4e5f6"}
    assert type(failure("remote_authentication", json=said)) is CredentialMismatch
