"""What the portal's client does not see, at every variant: Cloud SSO Connect, and postbacks."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

import pytest
import requests
from django.utils import timezone

from icsso.client import sso
from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import Options
from icsso.client.contract import CloudPaymentsRequest, PayingCustomer, PostbackField
from icsso.client.wire.profile import WireProfile
from payments.postbacks.fields import read
from payments.postbacks.parsing import PostbackData
from sandbox.variants.registry import VARIANTS
from tests.sandbox.pages import words
from tests.sandbox.receiver import Receiver
from tests.sandbox_process import SandboxProcess

LAUNDRY, PASSWORD = "laundry@example.com", "copper kettle on the porch"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def vary(sandbox: SandboxProcess, name: str) -> WireProfile:
    """Returns the profile that the portal needs; an empty one where it copes without."""
    sandbox.vary(name)
    needed = name == "contrary" or VARIANTS[name].copes == "profile"
    return WireProfile.parse(sandbox.wire_profile() if needed else {})


def client(sandbox: SandboxProcess, wire: WireProfile) -> InvoiceCloudClient:
    options = Options(timeout=10, wire=wire)
    return InvoiceCloudClient(base_url=sandbox.url, api_key=sandbox.api_key, options=options)


@pytest.mark.parametrize("name", [*(n for n in VARIANTS if n.startswith("sso_")), "contrary"])
def test_a_framed_page_opens(sandbox: SandboxProcess, name: str) -> None:
    wire = vary(sandbox, name)
    token = client(sandbox, wire).remote_authentication(email=LAUNDRY, password=PASSWORD).token
    fields = wire.sso.named(sso.form_fields(section=sso.AUTOPAY, token=token))
    address = wire.sso.form_action(sandbox.url)
    by_get = wire.sso.method == "GET"
    page = (
        requests.get(address, params=fields, timeout=10)
        if by_get
        else requests.post(address, fields, timeout=10)
    )
    assert "AutoPay settings" in words(page)


@pytest.mark.parametrize("approve", [True, False])
@pytest.mark.parametrize("name", [*(n for n in VARIANTS if n.startswith("postback_")), "contrary"])
def test_a_postback_is_understood(
    sandbox: SandboxProcess, receiver: Receiver, name: str, approve: bool
) -> None:
    wire = vary(sandbox, name)
    request = CloudPaymentsRequest(
        css_url="",
        return_url="http://localhost:8000/back/",
        postback_url=receiver.url,
        biller_reference="reference-1",
        create_customer_record=True,
        customers=(PayingCustomer(account_number="10000104"),),
    )
    page = client(sandbox, wire).cloud_payments(request)
    lines = [
        {"invoice_number": "10000104-01", "amount": "61.75"},
        {"invoice_number": "10000104-02", "amount": "1158.30"},
    ]
    row = {"hosted_payment": page, "lines": lines, "fee": "2.95", "approve": approve}
    payment = sandbox.control("POST", "/_control/api/payments", row)
    calls = len(sandbox.state("postbacks"))
    receiver.wait_for(calls)
    assert set(receiver.methods) <= wire.postback.methods
    assert {path.rstrip("/") + "/" for path in receiver.paths} == {"/pay/postback/secret/"}

    told = [
        PostbackData(
            read(
                query=urlencode(query).encode(),
                body=body.encode(),
                content_type=headers["Content-Type"] or "",
            ),
            wire.postback,
        )
        for query, body, headers in zip(
            receiver.queries, receiver.raw, receiver.headers, strict=True
        )
    ]
    guids = {each.required_payment_guid() for each in told}
    assert guids == {UUID(payment["guid"])}
    amounts = {each.invoice_number(): each.amount() for each in told}
    assert sum(amounts.values()) == Decimal("1220.05")
    for each in told:
        each.require_single_values()
        assert each.approved() == approve
        assert each.text(PostbackField.BILLER_REFERENCE) == "reference-1"
        assert each.fee() in {Decimal("2.95"), Decimal("0.00")}
        paid = each.paid_at()
        assert paid
        # By the clock on the wall there: of an hour that occurs twice, the first is taken.
        now, then = (timezone.make_naive(at, wire.postback.zone) for at in (timezone.now(), paid))
        assert abs(now - then) < timedelta(minutes=5)
