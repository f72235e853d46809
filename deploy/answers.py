"""Writes what each possible answer of Invoice Cloud means, operation by operation, into
docs/invoice-cloud-answers.md.

Every cell shows what the client made of that answer when it was served here. `--check` fails if the
page is out of date.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
import responses

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from icsso.client.client import InvoiceCloudClient  # noqa: E402
from icsso.client.contract import (  # noqa: E402
    OPERATIONS,
    CloudPaymentsRequest,
    CustomerRecord,
    PayingCustomer,
)
from icsso.client.errors import (  # noqa: E402
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

PAGE = ROOT / "docs" / "invoice-cloud-answers.md"
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
BASE = "https://www.invoicecloud.com"
GUID = UUID("0d3a6c9f-1b2e-4f57-8a90-1c2d3e4f5a6b")
EMAIL, PASSWORD = "laundry@example.com", "copper kettle on the porch"
SENTENCE = "The account is closed."
REASON = {"Message": SENTENCE}
# In ASP.NET's wording.
NO_PATH = {"Message": "No HTTP resource was found that matches the request URI."}
NO_METHOD = {"Message": "The requested resource does not support this http method."}

# description -> how the server answers
WAYS: Mapping[str, dict[str, Any]] = {
    "200 with the payload": {},
    "200, empty": {"body": ""},
    "200 `{}`": {"json": {}},
    "200 `Message: SUCCESS` alone": {"json": {"Message": "SUCCESS", "Data": None}},
    "200 another `Message` alone": {"json": REASON | {"Data": None}},
    "200 `Success: false`": {"json": REASON | {"Success": False}},
    "200 `false`": {"json": False},
    "200 `true`": {"json": True},
    "200 `Status: Failed`": {"json": {"Status": "Failed"}},
    "200 `Success: N`": {"json": {"Success": "N"}},
    "200 `Success: Failed`": {"json": {"Success": "Failed"}},
    "200 `IsSuccess: false`": {"json": {"IsSuccess": False}},
    "200 `StatusCode: 401`": {"json": REASON | {"StatusCode": 401}},
    "200 `StatusCode: 503`, an empty list": {"json": {"StatusCode": 503, "Data": []}},
    "200 `Error` beside an empty list": {"json": {"Error": SENTENCE, "Data": []}},
    "200 `Message: Under maintenance.`": {"json": {"Message": "Under maintenance."}},
    "200 `Data: null` alone": {"json": {"Data": None}},
    "200, a number": {"json": 1},
    "200, a sentence that is no JSON": {"body": SENTENCE, "content_type": "text/plain"},
    "200, HTML": {"body": "<html><body>Maintenance</body></html>"},
    "200, cut off": {"body": '{"Mess'},
    "204": {"status": 204},
    "301": {"status": 301},
    "302": {"status": 302},
    "302 to a sign-in page": {"status": 302, "headers": {"Location": "/Account/Login"}},
    "400 with a reason": {"status": 400, "json": REASON},
    "400, a sentence that is no JSON": {
        "status": 400,
        "body": SENTENCE,
        "content_type": "text/plain",
    },
    "401, empty": {"status": 401},
    "401 with a reason": {"status": 401, "json": REASON},
    "401 `Code: InvalidCredentials`": {"status": 401, "json": {"Code": "InvalidCredentials"}},
    "403, empty": {"status": 403},
    "403 `Forbidden`": {"status": 403, "json": {"Message": "Forbidden"}},
    "403 with a reason": {"status": 403, "json": REASON},
    "404, empty": {"status": 404},
    "404 `Code: NotRegistered`": {"status": 404, "json": {"Code": "NotRegistered"} | REASON},
    "404, HTML": {"status": 404, "body": "<html><body>Not found</body></html>"},
    "404 with a reason": {"status": 404, "json": REASON},
    "404 `No HTTP resource was found`": {"status": 404, "json": NO_PATH},
    "405 with a reason": {"status": 405, "json": NO_METHOD},
    "408": {"status": 408},
    "409 with a reason": {"status": 409, "json": REASON},
    "413": {"status": 413},
    "422 with problem details": {"status": 422, "json": {"title": "Bad", "detail": SENTENCE}},
    "429": {"status": 429},
    "500": {"status": 500},
    "502": {"status": 502},
    "503": {"status": 503},
    "504": {"status": 504},
    "522": {"status": 522},
    "connection reset": {"body": requests.ConnectionError("Connection aborted.")},
    "no answer in time": {"body": requests.ReadTimeout()},
    "connecting takes too long": {"body": requests.ConnectTimeout()},
}
PAYLOADS: Mapping[str, Any] = {
    "biller_status": {"Active": True},
    "retrieve_users": {"Users": []},
    "remote_authentication": {"RemoteAuthenticationToken": "token-27"},
    "retrieve_user_accounts": {"Accounts": []},
    "register_accounts": {"Results": [{"AccountNumber": "1", "Registered": True}]},
    "update_password": {},
    "update_email_address": {},
    "create_customer_record": {"CustomerGuid": str(GUID)},
    "retrieve_customer_guid": {"CustomerGuid": str(GUID)},
    "account": {"AccountNumber": "1", "BalanceDue": 84.20},
    "cloud_payments": {"Message": "SUCCESS", "Data": {"CloudPaymentURL": f"{BASE}/portal/1"}},
}
PAYMENT = CloudPaymentsRequest(
    css_url="",
    return_url="https://portal.example/return",
    postback_url="https://portal.example/postback",
    biller_reference="1",
    create_customer_record=True,
    customers=(PayingCustomer(account_number="1"),),
)
CUSTOMER = CustomerRecord(account_number="1", name="Harold Becker", email=EMAIL)
CALLS: Mapping[str, Callable[[InvoiceCloudClient], Any]] = {
    "biller_status": lambda c: c.biller_status(),
    "retrieve_users": lambda c: c.retrieve_users(email=EMAIL),
    "remote_authentication": lambda c: c.remote_authentication(email=EMAIL, password=PASSWORD),
    "retrieve_user_accounts": lambda c: c.retrieve_user_accounts(email=EMAIL),
    "register_accounts": lambda c: c.register_accounts(
        email=EMAIL, password=PASSWORD, account_numbers=["1"]
    ),
    "update_password": lambda c: c.update_password(email=EMAIL, new_password=PASSWORD),
    "update_email_address": lambda c: c.update_email_address(
        email=EMAIL, new_email="h@example.com"
    ),
    "create_customer_record": lambda c: c.create_customer_record(CUSTOMER),
    "retrieve_customer_guid": lambda c: c.retrieve_customer_guid(account_number="1", email=EMAIL),
    "account": lambda c: c.account(GUID),
    "cloud_payments": lambda c: c.cloud_payments(PAYMENT),
}
ASKED = "\u00b9"  # in addition to what was asked about


def main() -> int:
    logging.disable()
    page = filled(PAGE.read_text())
    if "--check" not in sys.argv:
        PAGE.write_text(page)
    elif page != PAGE.read_text():
        print(
            "docs/invoice-cloud-answers.md is out of date: run deploy/answers.py", file=sys.stderr
        )
        return 1
    return 0


def filled(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def table() -> str:
    lines = [f"| answer | {' | '.join(OPERATIONS)} |", "|---" * (len(OPERATIONS) + 1) + "|"]
    for way, answer in WAYS.items():
        cells = [cell(operation, answer) for operation in OPERATIONS]
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def cell(operation: str, answer: dict[str, Any]) -> str:
    """Returns what the client makes of it, if Invoice Cloud knows the customer."""
    address = OPERATIONS[operation].path.format(CustomerGuid=GUID)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        served = answer or {"body": json.dumps(PAYLOADS[operation])}
        wire.add(OPERATIONS[operation].method, BASE + address, **served)
        if operation != "biller_status":
            wire.add("GET", BASE + OPERATIONS["biller_status"].path, json={"Active": True})
        if operation != "retrieve_users":
            users = {"Users": [{"AccountNumber": "1", "Registered": True}]}
            wire.add("POST", BASE + OPERATIONS["retrieve_users"].path, json=users)
        if operation in {"update_password", "register_accounts"}:
            wire.add("POST", BASE + OPERATIONS["remote_authentication"].path, status=401)
        try:
            CALLS[operation](InvoiceCloudClient(base_url=BASE, api_key="key"))
            found = "ok"
        except InvoiceCloudError as error:
            found = word(error)
        return found + (ASKED if len(wire.calls) > 1 else "")


def word(error: InvoiceCloudError) -> str:
    is_page = type(error) in {InvoiceCloudProtocolError, InvoiceCloudMisplaced}
    if is_page and not error.is_outage:
        return "fault"
    return NAMES[type(error)] + ("?" if error.outcome_unknown else "")


NAMES: Mapping[type[InvoiceCloudError], str] = {
    CredentialMismatch: "mismatch",
    NotRegistered: "not registered",
    AlreadyExists: "exists",
    InvoiceCloudRejected: "refused",
    InvoiceCloudUnauthorized: "key",
    InvoiceCloudUnavailable: "away",
    InvoiceCloudIncomplete: "incomplete",
    InvoiceCloudProtocolError: "broken",
}

if __name__ == "__main__":
    sys.exit(main())
