"""Requests in the shape that clients in public repositories send."""

import base64
from collections.abc import Callable

import requests
from requests import Response

from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]

# A library system's plugin: numbers where text is meant, fees as text or missing, no page options.
LIBRARY = {
    "CreateCustomerRecord": True,
    "Customers": [
        {
            "AccountNumber": 51,
            "Name": "Ada Reader",
            "Address": "4 Shelf Road",
            "City": "Springfield",
            "State": "IL",
            "Zip": "62701",
            "EmailAddress": "ada@example.com",
            "Invoices": [
                {
                    "InvoiceNumber": "B51T1795400000",
                    "TypeID": "164",
                    "BalanceDue": "12.50",
                    "CCServiceFee": None,
                    "ACHServiceFee": "",
                    "DueDate": "11/23/2026",
                    "InvoiceDate": "11/23/2026",
                }
            ],
        }
    ],
    "AllowSwipe": False,
    "AllowCCPayment": True,
    "AllowACHPayment": False,
    "ReturnURL": "https://library.example.com/cgi-bin/return.pl?token=B51T1795400000",
    "PostBackURL": "https://library.example.com/api/v1/contrib/invoicecloud/payment",
    "BillerReference": 51,
    "ViewMode": 0,
}

# An insurance proof of concept: other spellings of names, and no record for the customer.
INSURANCE = {
    "PostbackURL": "http://localhost:3137/postback",
    "CreateCustomerRecord": "false",
    "ReturnURL": "http://localhost:3137/success",
    "ViewMode": "1",
    "CssUrl": "https://www.invoicecloud.com/ssotest/sso-gmp.css",
    "AllowCCPayment": "true",
    "AllowACHPayment": "False",
    "Customers": [
        {
            "AccountNumber": "POLICY-17-00",
            "Name": "Ada Insured",
            "Invoices": [
                {
                    "InvoiceNumber": "POLUSNX1",
                    "TypeID": 164,
                    "DueDate": "12/23/2026",
                    "InvoiceDate": "11/23/2026",
                    "BalanceDue": 75.18,
                    "CCServiceFee": 0,
                    "AchServiceFee": 0.0,
                }
            ],
        }
    ],
    "PageResultOptions": {
        "AllowRegisterAccount": "false",
        "InvoiceOptions": {"AllowRemove": "TRUE", "AllowRemindMe": False},
    },
}


def post(sandbox: SandboxProcess, body: object, authorization: str) -> Response:
    headers = {"Authorization": authorization}
    return requests.post(
        f"{sandbox.url}/cloudpaymentsapi/v2", json=body, headers=headers, timeout=10
    )


def test_the_library_system_gets_its_payment_page(sandbox: SandboxProcess) -> None:
    key_alone = base64.b64encode(sandbox.api_key.encode()).decode()
    answer = post(sandbox, LIBRARY, f"Basic {key_alone}")
    assert answer.status_code == 200
    assert answer.json()["Data"]["CloudPaymentURL"].startswith(f"{sandbox.url}/cloudpayments/")
    assert sandbox.customer("51")["name"] == "Ada Reader"
    [call] = sandbox.control("GET", "/_control/api/calls")
    assert call["authorization"] == "key_only"
    [hosted] = sandbox.state("hosted_payments")
    assert hosted["request"]["BillerReference"] == "51"
    [invoice] = hosted["request"]["Customers"][0]["Invoices"]
    assert (invoice["BalanceDue"], invoice["DueDate"]) == ("12.50", "2026-11-23")
    assert invoice["CCServiceFee"] is None


def test_a_long_key_may_be_folded_over_two_lines(sandbox: SandboxProcess) -> None:
    api_key = "a long key " * 9
    row = {"api_key": api_key, "name": "County Library"}
    sandbox.control("POST", "/_control/api/billers", row)
    folded = base64.encodebytes(api_key.encode()).decode().strip()
    assert "\n" in folded
    answer = post(sandbox, LIBRARY, "Basic " + folded.replace("\n", " "))
    assert answer.status_code == 200


def test_other_spellings_and_text_booleans_are_understood(
    call: Call, sandbox: SandboxProcess
) -> None:
    answer = call("POST", "/cloudpaymentsapi/v2", INSURANCE)
    assert answer.status_code == 200, answer.text
    [hosted] = sandbox.state("hosted_payments")
    request = hosted["request"]
    assert request["PostBackURL"] == "http://localhost:3137/postback"
    assert request["CSSUrl"] == "https://www.invoicecloud.com/ssotest/sso-gmp.css"
    assert (request["AllowCCPayment"], request["AllowACHPayment"]) == (True, False)
    assert request["CreateCustomerRecord"] is False
    assert request["Customers"][0]["Invoices"][0]["ACHServiceFee"] == "0.00"
    assert request["PageResultOptions"]["InvoiceOptions"]["AllowRemove"] is True
    assert sandbox.customer("POLICY-17-00") is None


def test_the_status_check_reads_the_answer_at_the_top_level(call: Call) -> None:
    answer = call("GET", "/api/v1/biller/status")
    assert answer.json() == {
        "BillerGUID": "5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10",
        "BillerName": "Springfield Water",
        "Active": True,
    }


def test_the_customer_guid_leads_to_the_account(call: Call) -> None:
    wanted = {"AccountNumber": "10000101", "EmailAddress": "laundry@example.com", "Username": ""}
    guid = call("POST", "/api/v1/customer/RetrieveCustomerGuid", wanted).json()["CustomerGuid"]
    account = call("GET", f"/api/v1/cp/{guid}/account").json()
    assert (account["AccountNumber"], account["BalanceDue"]) == ("10000101", 84.2)


def test_names_match_in_any_case_on_every_operation(call: Call) -> None:
    wanted = {"ACCOUNTNUMBER": "10000101", "emailaddress": ""}
    answer = call("POST", "/api/v1/remoteauth/RetrieveUsers", wanted)
    assert answer.json()["Users"][0]["Registered"] is True
