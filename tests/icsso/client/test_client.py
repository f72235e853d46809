"""Each operation on the wire: what is sent, and what is read from it."""

import json
import math
from base64 import b64decode
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import responses

from icsso.client.contract import OPERATIONS, Account, User
from icsso.client.wire.profile import WireProfile
from tests.icsso.client.wire import ADDRESSES, API_KEY, BASE, CALLS, GUID, client, payload_text

SENT = {
    "retrieve_users": {"AccountNumber": "10000101"},
    "remote_authentication": {
        "EmailAddress": "laundry@example.com",
        "Password": "copper kettle on the porch",
    },
    "retrieve_user_accounts": {"EmailAddress": "laundry@example.com"},
    "register_accounts": {
        "LoginTypeID": 1,
        "EmailAddress": "laundry@example.com",
        "Password": "copper kettle on the porch",
        "Accounts": [{"AccountNumber": "10000101"}, {"AccountNumber": "10000105"}],
    },
    "update_password": {
        "EmailAddress": "laundry@example.com",
        "NewPassword": "copper kettle on the porch",
    },
    "update_email_address": {
        "EmailAddress": "laundry@example.com",
        "NewEmailAddress": "willows@example.com",
    },
    "create_customer_record": {
        "AccountNumber": "10000105",
        "CustomerName": "Harold Becker",
        "Address1": "",
        "Address2": "",
        "City": "",
        "State": "",
        "Zip": "",
        "Phone": "",
        "EmailAddress": "hb@example.com",
    },
    "retrieve_customer_guid": {
        "AccountNumber": "10000101",
        "EmailAddress": "laundry@example.com",
        "Username": "",
    },
}


def answer_with(operation: str, body: str, **more: object) -> None:
    method, address = ADDRESSES[operation]
    responses.add(method, address, body=body, **more)  # type: ignore[arg-type]


@responses.activate
@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_goes_to_its_address_with_the_api_key(operation: str) -> None:
    answer_with(operation, payload_text(operation))
    CALLS[operation](client())
    request = responses.calls[0].request
    scheme, _, credentials = request.headers["Authorization"].partition(" ")
    assert (scheme, b64decode(credentials).decode()) == ("Basic", f"{API_KEY}:")
    assert request.headers.get("Content-Type") == (
        "application/json" if request.method == "POST" else None
    )
    if operation in SENT:
        assert json.loads(request.body or "") == SENT[operation]


@responses.activate
@pytest.mark.parametrize("operation", OPERATIONS)
def test_names_in_any_case_data_and_text_are_read_the_same(operation: str) -> None:
    answer_with(operation, payload_text(operation))
    answer_with(operation, payload_text(f"{operation}.odd"))
    plain, odd = CALLS[operation](client()), CALLS[operation](client())
    if operation == "cloud_payments":
        assert odd == "HTTPS://www.InvoiceCloud.com:443/portal/cloudpayment/7f3a"
    else:
        assert plain == odd


@responses.activate
def test_users_and_what_they_are() -> None:
    answer_with("retrieve_users", payload_text("retrieve_users"))
    assert client().retrieve_users(email="laundry@example.com") == (
        User(
            customer_guid=UUID("0d3a6c9f-1b2e-4f57-8a90-1c2d3e4f5a6b"),
            account_number="10000101",
            email="laundry@example.com",
            registered=True,
        ),
        User(customer_guid=None, account_number="10000104", email=None, registered=False),
    )


@responses.activate
def test_no_users_means_no_account() -> None:
    answer_with("retrieve_users", '{"Users": []}')
    assert client().retrieve_users(account_number="10000105") == ()


@responses.activate
def test_users_are_asked_for_by_address_without_an_account_number() -> None:
    answer_with("retrieve_users", '{"Users": []}')
    client().retrieve_users(email="laundry@example.com")
    assert json.loads(responses.calls[0].request.body or "") == {
        "EmailAddress": "laundry@example.com"
    }


@responses.activate
def test_the_balance_is_exact_money_and_the_due_date_a_day() -> None:
    answer_with("account", payload_text("account"))
    assert client().account(GUID) == Account(
        account_number="10000101",
        balance_due=Decimal("1084.20"),
        due_date=date(2026, 11, 28),
        autopay=True,
        paperless=False,
        pay_by_text=False,
    )


@responses.activate
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("-25.10", "-25.10"),
        ('"-25.10"', "-25.10"),
        ('"$1,234.50"', "1234.50"),
        ("0", "0.00"),
        ('"-$25.10"', "-25.10"),
        ('"$-25.10"', "-25.10"),
        ('"(1,025.10)"', "-1025.10"),
        ('"($25.10)"', "-25.10"),
        ('" 84.2000 "', "84.20"),
        ('"1234567.8"', "1234567.80"),
    ],
)
def test_balances_as_they_come(text: str, amount: str) -> None:
    answer_with("account", '{"AccountNumber": "1", "BalanceDue": ' + text + "}")
    account = client().account(GUID)
    assert str(account.balance_due) == amount
    assert (account.due_date, account.autopay) == (None, None)


@responses.activate
@pytest.mark.parametrize(
    "due",
    [
        "2026-11-28",
        "2026-11-28T00:00:00",
        "2026-11-28T00:00:00.000Z",
        "11/28/2026",
        "11/28/2026 3:04:05 PM",
    ],
)
def test_due_dates_as_dot_net_writes_them(due: str) -> None:
    answer_with("account", json.dumps({"AccountNumber": "1", "BalanceDue": 1, "DueDate": due}))
    assert client().account(GUID).due_date == date(2026, 11, 28)


@responses.activate
@pytest.mark.parametrize("due", ["0001-01-01T00:00:00", "1/1/0001 12:00:00 AM", "1900-01-01", ""])
def test_a_due_date_that_was_never_set_is_none(due: str) -> None:
    answer_with("account", json.dumps({"AccountNumber": "1", "BalanceDue": 1, "DueDate": due}))
    assert client().account(GUID).due_date is None


@responses.activate
@pytest.mark.parametrize("expiry", ["", ', "ExpiresIn": null', ', "ExpiresIn": ""'])
def test_a_token_without_an_expiry_says_so(expiry: str) -> None:
    answer_with("remote_authentication", '{"RemoteAuthenticationToken": "token-27"' + expiry + "}")
    assert client().remote_authentication(email="a@example.com", password="p").expires_in is None


@responses.activate
@pytest.mark.parametrize("operation", ["update_password", "update_email_address"])
@pytest.mark.parametrize("status", [200, 204])
def test_where_nothing_is_promised_an_empty_body_is_an_answer(operation: str, status: int) -> None:
    answer_with(operation, "", status=status)
    CALLS[operation](client())


@responses.activate
def test_a_byte_order_mark_is_no_obstacle() -> None:
    answer_with("biller_status", "\ufeff" + payload_text("biller_status"))
    assert client().biller_status().active


@responses.activate
def test_other_paths_for_a_biller_whose_server_has_others() -> None:
    responses.get(f"{BASE}/v2/customers/{GUID}/balance", body=payload_text("account"))
    profile = {"operations": {"account": {"path": "/v2/customers/{CustomerGuid}/balance"}}}
    assert client(wire=WireProfile.parse(profile)).account(GUID).balance_due == Decimal("1084.20")


@responses.activate
def test_a_base_url_may_end_with_a_slash() -> None:
    answer_with("biller_status", payload_text("biller_status"))
    assert client(base_url=f"{BASE}/").biller_status().active


@responses.activate
def test_a_key_beyond_latin_letters_is_sent_as_utf_8() -> None:
    answer_with("biller_status", payload_text("biller_status"))
    client(api_key="ключ").biller_status()
    sent = responses.calls[0].request.headers["Authorization"].partition(" ")[2]
    assert b64decode(sent).decode() == "ключ:"


@responses.activate
def test_the_payment_request_has_every_name_of_the_design_document() -> None:
    answer_with("cloud_payments", payload_text("cloud_payments"))
    CALLS["cloud_payments"](client())
    assert json.loads(responses.calls[0].request.body or "") == {
        "CSSUrl": "",
        "AllowSwipe": True,
        "AllowCCPayment": True,
        "AllowACHPayment": True,
        "RemoteAuthenticationToken": "",
        "ReturnURL": "https://portal.example/pay/return/1/",
        "PostBackURL": "https://portal.example/pay/postback/1/",
        "BillerReference": "reference-1",
        "ViewMode": 1,
        "CreateCustomerRecord": True,
        "Customers": [
            {
                "AccountNumber": "10000101",
                "Name": None,
                "Address": None,
                "City": None,
                "State": None,
                "Zip": None,
                "EmailAddress": None,
                "Invoices": None,
            }
        ],
        "PageResultOptions": {
            "AllowRegisterAccount": False,
            "InvoiceOptions": {
                "AllowViewStatement": False,
                "AllowRemove": True,
                "AllowViewRelated": False,
                "AllowRemindMe": False,
            },
        },
    }


@responses.activate
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('" 10000101 "', "10000101"),
        ("10000101", "10000101"),
        ("10000101.0", "10000101"),
        ('"A-77/1 b"', "A-77/1 b"),
        (f'"{"7" * 50}"', "7" * 50),
    ],
)
def test_an_account_number_is_text_however_it_is_written(written: str, read: str) -> None:
    answer_with("retrieve_users", f'{{"Users": [{{"AccountNumber": {written}, "Registered": 1}}]}}')
    (user,) = client().retrieve_users(email="a@example.com")
    assert user.account_number == read


@responses.activate
@pytest.mark.parametrize(
    "number",
    [
        '"10000101\\u0000"',
        '"\\ud800"',
        f'"{"7" * 60}"',
        "7" * 60,
        '" "',
        "1.5",
        "1E99999999",
        "true",
        "null",
        "{}",
        "-1.0",
    ],
)
def test_a_number_no_database_keeps_does_not_stop_the_others(
    number: str, caplog: pytest.LogCaptureFixture
) -> None:
    rows = f'{{"AccountNumber": "10000101"}}, {{"accountnumber": {number}}}'
    answer_with("retrieve_user_accounts", f'{{"Accounts": [{rows}]}}')
    accounts = client().retrieve_user_accounts(email="a@example.com")
    assert [account.account_number for account in accounts] == ["10000101"]
    assert "ignored 1 unreadable rows" in caplog.text


@responses.activate
def test_what_cannot_be_printed_is_left_out_of_names_and_words() -> None:
    odd = '"The\\u0000 account\\n is \\ud800closed\\u202e. ¿Sí?"'
    row = f'{{"AccountNumber": "1", "Registered": false, "Message": {odd}}}'
    answer_with("register_accounts", f'{{"Results": [{row}]}}')
    (result,) = client().register_accounts(email="a@b.example", password="p", account_numbers=["1"])
    assert result.message == "The account is closed . ¿Sí?"
    row = f'{{"AccountNumber": "1", "CustomerName": {odd}}}'
    answer_with("retrieve_user_accounts", f'{{"Accounts": [{row}]}}')
    (account,) = client().retrieve_user_accounts(email="a@b.example")
    assert account.customer_name == "The account is closed . ¿Sí?"


# Seconds of each operation, written out.
SECONDS = {
    "biller_status": 4,
    "retrieve_users": 6,
    "remote_authentication": 8,
    "retrieve_user_accounts": 8,
    "register_accounts": 8,
    "update_password": 6,
    "update_email_address": 6,
    "create_customer_record": 8,
    "retrieve_customer_guid": 4,
    "account": 4,
    "cloud_payments": 8,
}


def given_to(operation: str, **settings: Any) -> int:
    """The seconds that the whole call got; a moment of them has passed by then."""
    responses.reset()
    answer_with(operation, payload_text(operation))
    CALLS[operation](client(**settings))
    timeout = responses.calls[-1].request.req_kwargs["timeout"]  # type: ignore[attr-defined]
    return math.ceil(timeout.total)


@responses.activate
@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_has_a_time_of_its_own(operation: str) -> None:
    assert given_to(operation) == SECONDS[operation]
    assert given_to(operation, timeout=2) == 2
    assert given_to(operation, timeout=60, timeouts={operation: 12}) == 12
    assert given_to(operation, timeouts={operation: 12}) == 8
