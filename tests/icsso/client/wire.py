"""What client tests share: a client, payloads as files, one call of each operation."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import responses

from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import Options
from icsso.client.contract import CloudPaymentsRequest, CustomerRecord, PayingCustomer
from icsso.client.errors import InvoiceCloudError

BASE = "https://www.invoicecloud.com"
API_KEY = "api-key-of-springfield"
GUID = UUID("0d3a6c9f-1b2e-4f57-8a90-1c2d3e4f5a6b")
EMAIL = "laundry@example.com"
PASSWORD = "copper kettle on the porch"
TOKEN = {"RemoteAuthenticationToken": "token-27"}
PAYLOADS = Path(__file__).parent / "payloads"

# operation -> method and path, written out as the contract has them
ADDRESSES = {
    "biller_status": ("GET", f"{BASE}/api/v1/biller/status"),
    "retrieve_users": ("POST", f"{BASE}/api/v1/remoteauth/RetrieveUsers"),
    "remote_authentication": ("POST", f"{BASE}/api/v1/remoteauth/RemoteAuthentication"),
    "retrieve_user_accounts": ("POST", f"{BASE}/api/v1/remoteauth/RetrieveUserAccounts"),
    "register_accounts": ("POST", f"{BASE}/api/v1/remoteauth/RegisterAccounts"),
    "update_password": ("POST", f"{BASE}/api/v1/remoteauth/UpdatePassword"),
    "update_email_address": ("POST", f"{BASE}/api/v1/remoteauth/UpdateEmailAddress"),
    "create_customer_record": ("POST", f"{BASE}/api/v1/customer/CreateCustomerRecord"),
    "retrieve_customer_guid": ("POST", f"{BASE}/api/v1/customer/RetrieveCustomerGuid"),
    "account": ("GET", f"{BASE}/api/v1/cp/{GUID}/account"),
    "cloud_payments": ("POST", f"{BASE}/cloudpaymentsapi/v2"),
}

PAYMENT = CloudPaymentsRequest(
    css_url="",
    return_url="https://portal.example/pay/return/1/",
    postback_url="https://portal.example/pay/postback/1/",
    biller_reference="reference-1",
    create_customer_record=True,
    customers=(PayingCustomer(account_number="10000101"),),
)

CALLS: Mapping[str, Callable[[InvoiceCloudClient], Any]] = {
    "biller_status": lambda c: c.biller_status(),
    "retrieve_users": lambda c: c.retrieve_users(account_number="10000101"),
    "remote_authentication": lambda c: c.remote_authentication(email=EMAIL, password=PASSWORD),
    "retrieve_user_accounts": lambda c: c.retrieve_user_accounts(email=EMAIL),
    "register_accounts": lambda c: c.register_accounts(
        email=EMAIL, password=PASSWORD, account_numbers=["10000101", "10000105"]
    ),
    "update_password": lambda c: c.update_password(email=EMAIL, new_password=PASSWORD),
    "update_email_address": lambda c: c.update_email_address(
        email=EMAIL, new_email="willows@example.com"
    ),
    "create_customer_record": lambda c: c.create_customer_record(
        CustomerRecord(account_number="10000105", name="Harold Becker", email="hb@example.com")
    ),
    "retrieve_customer_guid": lambda c: c.retrieve_customer_guid(
        account_number="10000101", email=EMAIL
    ),
    "account": lambda c: c.account(GUID),
    "cloud_payments": lambda c: c.cloud_payments(PAYMENT),
}


def client(base_url: str = BASE, api_key: str = API_KEY, **options: Any) -> InvoiceCloudClient:
    return InvoiceCloudClient(base_url=base_url, api_key=api_key, options=Options(**options))


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def payload_text(name: str) -> str:
    return (PAYLOADS / f"{name}.json").read_text()


def failure(operation: str = "retrieve_users", **answer: object) -> InvoiceCloudError:
    method, address = ADDRESSES[operation]
    responses.add(method, address, **answer)  # type: ignore[arg-type]
    with pytest.raises(InvoiceCloudError) as caught:
        CALLS[operation](client())
    assert caught.value.operation == operation
    return caught.value
