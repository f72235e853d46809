"""The wire profile: what it changes of a call, what it refuses, and one profile over another."""

import json
from decimal import Decimal
from typing import Any

import pytest
import responses

from icsso.client.contract import OPERATIONS
from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    NotRegistered,
)
from icsso.client.wire.profile import WireProfile, WireProfileError
from tests.icsso.client.wire import ADDRESSES, CALLS, EMAIL, GUID, PASSWORD, client, payload_text

ELSEWHERE = "https://api.invoicecloud.example"


def profile(operation: str, **differs: Any) -> WireProfile:
    return WireProfile.parse({"operations": {operation: differs}})


def sent(number: int = 0) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(responses.calls[number].request.body or "{}")
    return body


@responses.activate
def test_another_host_path_and_method() -> None:
    responses.put(f"{ELSEWHERE}/v9/sign-in", json={"RemoteAuthenticationToken": "token-27"})
    wire = profile("remote_authentication", host=ELSEWHERE, path="/v9/sign-in", method="put")
    answer = CALLS["remote_authentication"](client(wire=wire))
    assert answer.token == "token-27"
    assert sent() == {"EmailAddress": EMAIL, "Password": PASSWORD}


@responses.activate
def test_other_names_are_sent_and_some_are_not() -> None:
    responses.post(
        "https://www.invoicecloud.com/api/v1/remoteauth/RegisterAccounts", json={"Success": True}
    )
    wire = profile(
        "register_accounts",
        send={
            "EmailAddress": "User.Login",
            "Password": "User.Secret",
            "LoginTypeID": None,
            "Accounts": "AccountList",
            "Accounts.AccountNumber": "Number",
        },
        set={"User.Source": "portal"},
    )
    assert CALLS["register_accounts"](client(wire=wire)) == ()
    assert sent() == {
        "User": {"Login": EMAIL, "Secret": PASSWORD, "Source": "portal"},
        "AccountList": [{"Number": "10000101"}, {"Number": "10000105"}],
    }


@responses.activate
def test_the_flags_of_a_payment_page() -> None:
    responses.post(
        "https://www.invoicecloud.com/cloudpaymentsapi/v2", body=payload_text("cloud_payments")
    )
    flags = {"AllowSwipe": False, "PageResultOptions.AllowRegisterAccount": True, "ViewMode": 0}
    CALLS["cloud_payments"](client(wire=profile("cloud_payments", set=flags)))
    body = sent()
    assert (body["AllowSwipe"], body["ViewMode"]) == (False, 0)
    assert body["PageResultOptions"]["AllowRegisterAccount"] is True
    assert body["PageResultOptions"]["InvoiceOptions"]["AllowRemove"] is True


@responses.activate
def test_values_are_read_where_the_profile_says() -> None:
    responses.post(
        "https://www.invoicecloud.com/api/v1/remoteauth/RetrieveUsers",
        json={
            "Result": {"Items": [{"Login": {"Mail": EMAIL}, "Guest": "false", "Account": 10000101}]}
        },
    )
    wire = profile(
        "retrieve_users",
        read={
            "Users": "result.items",
            "Users.EmailAddress": "Login.Mail",
            "Users.Registered": "!Guest",
            "Users.AccountNumber": "Account",
        },
    )
    [user] = CALLS["retrieve_users"](client(wire=wire))
    assert (user.email, user.registered, user.account_number) == (EMAIL, True, "10000101")


@responses.activate
def test_a_nested_token_is_found() -> None:
    responses.post(
        "https://www.invoicecloud.com/api/v1/remoteauth/RemoteAuthentication",
        json={"Result": {"Token": "token-27", "Seconds": "300"}},
    )
    read = {"RemoteAuthenticationToken": "Result.Token", "ExpiresIn": "Result.Seconds"}
    answer = CALLS["remote_authentication"](
        client(wire=profile("remote_authentication", read=read))
    )
    assert (answer.token, answer.expires_in) == ("token-27", 300)


@responses.activate
@pytest.mark.parametrize(("status", "works"), [("OK", True), ("ok ", True), ("FAILED", False)])
def test_how_a_success_is_recognized(status: str, works: bool) -> None:
    responses.post(
        "https://www.invoicecloud.com/api/v1/remoteauth/UpdatePassword",
        json={"Result": {"Status": status}, "Message": "The account is closed."},
    )
    call = CALLS["update_password"]
    invoice_cloud = client(wire=profile("update_password", succeeded={"Result.Status": "OK"}))
    if works:
        call(invoice_cloud)
        return
    with pytest.raises(InvoiceCloudRejected) as refused:
        call(invoice_cloud)
    assert refused.value.reason == "The account is closed."


@responses.activate
@pytest.mark.parametrize("rule", [{}, {"status": 500}])
def test_a_broken_server_may_have_made_the_change(rule: dict[str, int]) -> None:
    """What it says counts only if the profile names the status, and claims nothing then either."""
    refused = [{"text": "closed", "means": "already_exists", **rule}]
    method, address = ADDRESSES["update_email_address"]
    responses.add(method, address, status=500, json={"Message": "The account is closed."})
    with pytest.raises(InvoiceCloudError) as caught:
        CALLS["update_email_address"](client(wire=profile("update_email_address", refused=refused)))
    assert type(caught.value) is (AlreadyExists if rule else InvoiceCloudProtocolError)
    assert caught.value.outcome_unknown


@responses.activate
@pytest.mark.parametrize(
    ("means", "kind"),
    [
        ("mismatch", CredentialMismatch),
        ("not_registered", NotRegistered),
    ],
)
def test_what_a_refusal_means_needs_no_asking(means: str, kind: type[InvoiceCloudRejected]) -> None:
    responses.post(
        "https://www.invoicecloud.com/api/v1/remoteauth/RemoteAuthentication",
        status=422,
        json={"Message": "Login failed: E-17"},
    )
    refused = [{"status": 422, "text": "login FAILED", "means": means}]
    with pytest.raises(kind):
        CALLS["remote_authentication"](
            client(wire=profile("remote_authentication", refused=refused))
        )
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("body", "is_nobody"),
    [
        ("", True),
        (" \r\n", True),
        ('{"title": "Not Found", "status": 404}', False),
        ('{"fault": {"faultstring": "No proxy", "detail": {"errorcode": "flow"}}}', False),
        ('{"Code": "InvalidApiKey"}', False),
        ('{"StatusCode": 503}', False),
        ('{"error": true}', False),
        ('{"Error": "false"}', False),
        ("<html>Not found</html>", False),
        ('{"Message": "No HTTP resource was found that matches the request URI."}', False),
        ("404 page not found", False),
    ],
)
@pytest.mark.parametrize("text", ["^$", r"^\W*$"])
def test_nobody_is_a_404_with_nothing(body: str, is_nobody: bool, text: str) -> None:
    """Whoever counts as unknown is registered, and a path that is gone knows nobody."""
    nobody = {"status": 404, "text": text, "means": "not_registered"}
    invoice_cloud = client(wire=profile("retrieve_users", refused=[nobody]))
    responses.add(*ADDRESSES["retrieve_users"], status=404, body=body)
    if is_nobody:
        assert CALLS["retrieve_users"](invoice_cloud) == ()
        return
    with pytest.raises(InvoiceCloudProtocolError):
        CALLS["retrieve_users"](invoice_cloud)


@responses.activate
def test_a_payment_page_may_stand_on_the_hosts_of_the_profile_and_no_others() -> None:
    page = "https://pay.invoicecloud.example/p/1"
    responses.post(
        "https://www.invoicecloud.com/cloudpaymentsapi/v2",
        json={"Message": "SUCCESS", "Data": {"CloudPaymentURL": page}},
    )
    wire = WireProfile.parse({"hosts": ["https://pay.invoicecloud.example"]})
    assert CALLS["cloud_payments"](client(wire=wire)) == page
    wire = WireProfile.parse({"hosts": ["https://other.invoicecloud.example"]})
    with pytest.raises(Exception, match="not on Invoice Cloud's host"):
        CALLS["cloud_payments"](client(wire=wire))


@responses.activate
def test_an_empty_profile_is_the_contract() -> None:
    responses.get(
        f"https://www.invoicecloud.com/api/v1/cp/{GUID}/account", body=payload_text("account")
    )
    assert client(wire=WireProfile.parse("")).account(GUID).balance_due == Decimal("1084.20")
    assert WireProfile.parse({}).to_json() == {}


def test_a_billers_profile_stands_over_the_installations_key_by_key() -> None:
    below = {
        "operations": {
            "account": {"path": "/a/{CustomerGuid}", "read": {"AutoPay": "Auto", "DueDate": "Due"}},
            "update_password": {"path": "/p"},
        },
        "sso": {"method": "GET", "address": "/sso"},
        "postback": {"approved": ["Yes"]},
    }
    above = {
        "operations": {"account": {"read": {"AutoPay": "IsAuto"}}},
        "sso": {"address": "/other"},
    }
    assert WireProfile.parse(above).over(WireProfile.parse(below)).to_json() == {
        "operations": {
            "account": {
                "path": "/a/{CustomerGuid}",
                "read": {"AutoPay": "IsAuto", "DueDate": "Due"},
            },
            "update_password": {"path": "/p"},
        },
        "sso": {"method": "GET", "address": "/other"},
        "postback": {"approved": ["Yes"]},
    }


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("{", "The profile is not JSON"),
        ("[]", "must be a JSON object"),
        ('{"operation": {}}', "operation: is not a name of the wire profile."),
        ('{"operations": {"login": {}}}', "operations.login: there is no such operation."),
        ('{"operations": {"account": {"path": "account"}}}', "must start with a slash"),
        ('{"operations": {"account": {"path": "/account"}}}', "must contain {CustomerGuid}"),
        ('{"operations": {"update_password": {"path": "/{Id}"}}}', "no placeholder"),
        (
            '{"operations": {"account": {"host": "api.example.com/v1"}}}',
            "must be a server's address",
        ),
        ('{"operations": {"account": {"read": {"Balance": "x"}}}}', "Balance is not a name of the"),
        ('{"operations": {"account": {"read": {"AutoPay": "a b"}}}}', "names joined by dots"),
        ('{"operations": {"update_password": {"send": {"Pass": "x"}}}}', "Pass is not a name"),
        (
            '{"operations": {"update_password": {"method": "GET"}}}',
            "password or token into an address",
        ),
        ('{"operations": {"account": {"method": "FETCH"}}}', "operations.account.method"),
        ('{"operations": {"account": {"refused": [{"means": "mismatch"}]}}}', "needs a status"),
        (
            '{"operations": {"account": {"refused": [{"text": "(", "means": "rejected"}]}}}',
            "regular",
        ),
        ('{"sso": {"address": "sso"}}', "sso.address: must be an address"),
        ('{"sso": {"fields": {"Token": "t"}}}', "Token is not a name of the contract"),
        ('{"postback": {"approved": ["1"], "declined": ["1"]}}', "both approved and declined"),
        ('{"postback": {"approved": ["False"]}}', "both approved and declined"),
        ('{"postback": {"fields": {"PaymentAmount": "ConvenienceFee"}}}', "under one"),
        ('{"operations": {"account": {"path": "/a/}{CustomerGuid}"}}}', "does not fit"),
        ('{"operations": {"update_password": {"set": {"NewPassword.x": 1}}}}', "does not fit"),
        ('{"operations": {"cloud_payments": {"set": {"CSSUrl.a": 1}}}}', "does not fit"),
        ('{"operations": {"update_password": {"send": {"NewPassword": "EmailAddress"}}}}', "one"),
        ('{"postback": {"time_zone": "Eastern"}}', "must be a time zone"),
        ('{"hosts": ["pay.example.com"]}', "must be a server's address"),
    ],
)
def test_a_fault_names_its_place_in_a_sentence(written: str, fault: str) -> None:
    with pytest.raises(WireProfileError) as refused:
        WireProfile.parse(written)
    assert fault in " ".join(refused.value.faults)


@responses.activate
@pytest.mark.parametrize("body", ["{}", '{"error": "offline"}', '{"Message": "Out of order"}'])
@pytest.mark.parametrize(
    ("operation", "name"),
    [("retrieve_users", "Users.EmailAddress"), ("retrieve_user_accounts", "Accounts.CustomerGuid")],
)
def test_a_renamed_field_makes_no_empty_list_of_an_answer_without_one(
    operation: str, name: str, body: str
) -> None:
    responses.add(*ADDRESSES[operation], body=body)
    with pytest.raises(InvoiceCloudError):
        CALLS[operation](client(wire=profile(operation, read={name: "Other"})))


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (r"(\w+ ?)+$", "nothing else may be repeated"),
        ("a*", "nothing else may be repeated"),
        (r"\W+\W+x", "nothing else may be repeated"),
        ("a{1,99999999999}", "is not a regular expression"),
        ("(", "is not a regular expression"),
        ("x" * 201, "must be words"),
    ],
)
def test_a_pattern_that_could_be_searched_for_long_is_refused(pattern: str, fault: str) -> None:
    """Invoice Cloud chooses the text, and a search holds the whole process."""
    for name in ("text", "code"):
        with pytest.raises(WireProfileError, match=fault):
            profile("account", refused=[{name: pattern, "means": "rejected"}])


@pytest.mark.parametrize("pattern", [r"wrong\W+password", "^(invalid|bad) login$", "E-17", "né?"])
def test_words_are_patterns(pattern: str) -> None:
    profile("account", refused=[{"text": pattern, "means": "mismatch"}])


@responses.activate
def test_null_where_the_profile_finds_a_list_is_an_empty_one_unless_a_reason_is_given() -> None:
    wire = profile("retrieve_users", read={"Users": "Result.Items"})
    responses.add(*ADDRESSES["retrieve_users"], json={"Result": {"Items": None}})
    assert CALLS["retrieve_users"](client(wire=wire)) == ()
    said = {"Result": {"Items": None}, "Message": "Out of order"}
    responses.replace(*ADDRESSES["retrieve_users"], json=said)
    with pytest.raises(InvoiceCloudRejected):
        CALLS["retrieve_users"](client(wire=wire))


def test_every_operation_says_what_it_sends_and_reads() -> None:
    for name, operation in OPERATIONS.items():
        everything = {
            "send": {name: f"Other{n}" for n, name in enumerate(operation.sends)},
            "path": operation.path.replace("/api", "/other"),
        }
        WireProfile.parse({"operations": {name: everything}})
