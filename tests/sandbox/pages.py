"""Uses the sandbox's pages over HTTP, as a browser without scripts does."""

import html
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import requests

from tests.sandbox_process import SandboxProcess

PASSWORDS = {
    "laundry@example.com": "copper kettle on the porch",
    "manager@example.com": "forty front doors to paint",
}
SECTIONS = {"bills": 1, "paperless": 2, "autopay": 3, "payment-options": 5}
SECTIONS |= {"scheduled-payments": 9, "pay-by-text": 11}
NEW_CARD = {"method": "card", "expiry": "08/35", "security_code": "123"}
GOOD_CARD = NEW_CARD | {"card_number": "4111 1111 1111 1111"}
BAD_CARD = NEW_CARD | {"card_number": "4000 0000 0000 0002"}
GOOD_BANK = {"method": "bank", "routing_number": "110000000", "bank_account": "000123456789"}


def words(answer: requests.Response) -> str:
    """Returns the text of the page."""
    body = answer.text.split("<body", 1)[-1]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def links(answer: requests.Response) -> list[str]:
    found = re.findall(r'(?:href|action|formaction|src)="([^"]+)"', answer.text)
    return [html.unescape(link) for link in found]


@dataclass
class Visit:
    """A session on the portal pages. `address` ends before the name of the page."""

    address: str
    landed: requests.Response

    def get(self, page: str) -> requests.Response:
        return requests.get(f"{self.address}/{page}", timeout=10)

    def post(self, page: str, form: Any = None) -> requests.Response:
        return requests.post(f"{self.address}/{page}", form or {}, timeout=10)


def token_of(sandbox: SandboxProcess, email: str) -> str:
    answer = requests.post(
        f"{sandbox.url}/api/v1/remoteauth/RemoteAuthentication",
        json={"EmailAddress": email, "Password": PASSWORDS[email]},
        auth=(sandbox.api_key, ""),
        timeout=10,
    )
    value: str = answer.json()["RemoteAuthenticationToken"]
    return value


def connect(sandbox: SandboxProcess, form: dict[str, Any], **options: Any) -> requests.Response:
    options.setdefault("timeout", 10)
    return requests.post(f"{sandbox.url}/cloudssoconnect", form, **options)  # noqa: S113


def visit(sandbox: SandboxProcess, email: str, section: str = "bills", **fields: str) -> Visit:
    form = {
        "RemoteAuthenticationToken": token_of(sandbox, email),
        "ViewMode": "1",
        "RedirectID": str(SECTIONS[section]),
    }
    landed = connect(sandbox, form | fields)
    return Visit(landed.url.rsplit("/", 1)[0], landed)


def cloud_payments(sandbox: SandboxProcess, **fields: Any) -> str:
    """Returns the address of a payment page, for Willows Laundry unless the fields differ."""
    request = {
        "ViewMode": 1,
        "CreateCustomerRecord": True,
        "CSSUrl": "",
        "ReturnURL": f"{sandbox.url}/back-at-the-portal",
        "PostBackURL": "",
        "BillerReference": "reference-1",
        "RemoteAuthenticationToken": "",
        "AllowSwipe": False,
        "AllowCCPayment": True,
        "AllowACHPayment": True,
        "Customers": [{"AccountNumber": "10000101", "Name": None, "Invoices": None}],
    }
    answer = requests.post(
        f"{sandbox.url}/cloudpaymentsapi/v2",
        json=request | fields,
        auth=(sandbox.api_key, ""),
        timeout=10,
    )
    address: str = answer.json()["Data"]["CloudPaymentURL"]
    return address


def page_options(**allowed: bool) -> dict[str, Any]:
    register = allowed.pop("AllowRegisterAccount", False)
    return {"AllowRegisterAccount": register, "InvoiceOptions": allowed}


def make_older(sandbox: SandboxProcess, table: str) -> None:
    """Makes every row 61 minutes older, since a test cannot wait that long."""
    database = sqlite3.connect(sandbox.database, timeout=10)
    with closing(database), database:
        database.execute(f"UPDATE {table} SET created_at = datetime(created_at, '-61 minutes')")  # noqa: S608
