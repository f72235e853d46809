"""Where the probe finds what is promised: by value, by name, by kind, in nested answers."""

from decimal import Decimal
from typing import Any

import pytest

from icsso.client.probe.reading.inference import Asked, inferred
from icsso.client.probe.reading.search import find
from icsso.client.wire.parts import OperationProfile

GUID = "0d3a6c9f-1b2e-4f57-8a90-1c2d3e4f5a6b"
TOKEN = "eyJhbGciOi-of-the-laundry"
ASKED = Asked({"AccountNumber": ("00-1000-0101",), "EmailAddress": ("Laundry@example.com",)})

# operation, answer, what the profile must read
CASES: list[tuple[str, Any, dict[str, str]]] = [
    (
        "retrieve_users",
        {
            "Result": {
                "Items": [
                    {
                        "Nr": 10000101,
                        "Mailbox": "laundry@example.com",
                        "Unregistered": False,
                        "Key": GUID,
                    }
                ]
            }
        },
        {
            "Users": "Result.Items",
            "Users.AccountNumber": "Nr",
            "Users.EmailAddress": "Mailbox",
            "Users.Registered": "!Unregistered",
            "Users.CustomerGuid": "Key",
        },
    ),
    (
        "retrieve_users",
        {
            "Users": [
                {
                    "AccountNumber": "10000101",
                    "EmailAddress": "laundry@example.com",
                    "IsRegistered": "true",
                    "CustomerGuid": GUID,
                }
            ]
        },
        {"Users.Registered": "IsRegistered"},
    ),
    (
        "remote_authentication",
        {"Result": {"Ticket": TOKEN, "ExpiresInSeconds": 1200}},
        {"RemoteAuthenticationToken": "Result.Ticket", "ExpiresIn": "Result.ExpiresInSeconds"},
    ),
    (
        "account",
        {
            "Account": {
                "Number": "10000101",
                "AmountDue": Decimal("84.20"),
                "PayBy": "11/28/2026",
                "AutoPayEnrolled": True,
                "PaperInvoices": True,
                "TextPay": "false",
            }
        },
        {
            "AccountNumber": "Account.Number",
            "BalanceDue": "Account.AmountDue",
            "DueDate": "Account.PayBy",
            "AutoPay": "Account.AutoPayEnrolled",
            "Paperless": "!Account.PaperInvoices",
            "PayByText": "Account.TextPay",
        },
    ),
    # As OData lists them.
    (
        "retrieve_user_accounts",
        {
            "@odata.context": "https://www.invoicecloud.com/$metadata#Accounts",
            "value": [{"AccountNumber": "1", "CustomerName": "Ana Torres", "CustomerGuid": GUID}],
        },
        {"Accounts": "value"},
    ),
    ("biller_status", {"Inactive": False, "Id": GUID}, {"Active": "!Inactive", "BillerGUID": "Id"}),
    ("retrieve_customer_guid", {"Id": GUID}, {"CustomerGuid": "Id"}),
    (
        "cloud_payments",
        {"Message": "SUCCESS", "Data": {"Page": "https://www.invoicecloud.com/portal/1"}},
        {"CloudPaymentURL": "Data.Page"},
    ),
    (
        "register_accounts",
        {"Results": [{"AccountNumber": "10000101", "Failed": False}]},
        {"Results.Registered": "!Failed"},
    ),
]


@pytest.mark.parametrize(("operation", "answer", "wanted"), CASES)
def test_what_is_promised_is_found(operation: str, answer: Any, wanted: dict[str, str]) -> None:
    profile = OperationProfile()
    found = find(operation, answer, profile)
    assert inferred(operation, answer, profile, found, ASKED) == wanted


@pytest.mark.parametrize(("operation", "answer", "wanted"), CASES)
def test_with_that_profile_nothing_is_missing(
    operation: str, answer: Any, wanted: dict[str, str]
) -> None:
    with_it = find(operation, answer, OperationProfile(read=wanted))
    assert {one.name for one in with_it.missing} <= {"BillerName"}


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        # Two of a kind, and no name that resembles: no guess.
        ("account", {"First": Decimal("1.00"), "Second": Decimal("2.00")}),
        ("biller_status", {"Beta": True, "Locked": False}),
        ("remote_authentication", {"State": "ok", "Page": "https://www.invoicecloud.com/"}),
        ("retrieve_customer_guid", {"Result": "none"}),
    ],
)
def test_what_could_be_anything_is_not_guessed(operation: str, answer: Any) -> None:
    found = find(operation, answer, OperationProfile())
    assert inferred(operation, answer, OperationProfile(), found, ASKED) == {}
