"""What the tests of payments share: a checkout whose tokens are known, and a postback for it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.db import close_old_connections, connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts.received import of_member
from accounts.models import Member
from accounts.tokens import digest, new_secret
from payments.models import Checkout, Postback
from payments.models.biller_reference import new_biller_reference
from tests.cast import BILLER_GUID, Cast

HOSTED = "https://pay.example/cloudpayments/hosted-page"
GUID = "0b8e3f6e-6f0d-4a57-8f6a-2f3f8d1c9a10"
OTHER_GUID = "77c2a1de-11aa-4b6b-9a36-9b2f00c4d5e6"


def opened(cast: Cast, *numbers: str, minutes_ago: float = 0, **facts: Any) -> Checkout:
    """A checkout for these accounts with its hosted page open. Its tokens are the address with a
    letter before."""
    address, start = new_secret(), timezone.now() - timedelta(minutes=minutes_ago)
    accounts = [cast.account(number) for number in numbers or ["10000101"]]
    return Checkout.objects.begin(
        facts.pop("accounts", accounts),
        **{
            "biller": cast.biller,
            "kind": Checkout.Kind.GUEST,
            "visitor": new_secret(),
            "address": address,
            "biller_reference": new_biller_reference(),
            "postback_digest": digest("p" + address),
            "return_digest": digest("r" + address),
            "hosted_url": HOSTED,
            "created_at": start,
            "launched_at": start,
            **facts,
        },
    )


def members(cast: Cast, *numbers: str, **facts: Any) -> Checkout:
    member = facts.pop("member", cast.laundry)
    visitor = f"member:{member.pk}:{uuid4()}"[:64]
    return opened(cast, *numbers, kind=Checkout.Kind.QUICK, member=member, visitor=visitor, **facts)


def postback_fields(checkout: Checkout, **changes: str | None) -> dict[str, str]:
    """The fields of an approved payment of $84.20 with a fee; None leaves a field out."""
    fields = {
        "BillerGUID": str(BILLER_GUID),
        "PaymentDate": f"{timezone.localtime():%m/%d/%Y %I:%M:%S %p}",
        "InvoiceNumber": "INV-1",
        "Approved": "True",
        "CustomerName": "Willows Laundry",
        "CustomerAddress": "12 Mill Street",
        "CustomerCity": "Springfield",
        "CustomerState": "IL",
        "CustomerZip": "62701",
        "PaymentGUID": GUID,
        "PaymentAmount": "84.20",
        "PaymentDescription": "Springfield Water",
        "PaymentTypeID": "1",
        "CardType": "Visa",
        "PaymentMessage": "Approved",
        "BillerReference": checkout.biller_reference,
        "ConvenienceFee": "2.50",
        "RemoteIP": "127.0.0.1",
        "AccountNumber": checkout.ordered_accounts[0].account_number,
    }
    return {name: text for name, text in {**fields, **changes}.items() if text is not None}


def send_postback(
    client: Client, checkout: Checkout, fields: dict[str, str] | None = None, *, query: str = ""
) -> HttpResponse:
    """Invoice Cloud posts these fields in the body (and this query string)."""
    return post(client, checkout, urlencode(fields or {}).encode(), query=query)


def post(client: Client, checkout: Checkout, body: bytes, *, query: str = "") -> HttpResponse:
    address = f"/pay/postback/p{checkout.address}/" + (f"?{query}" if query else "")
    return client.generic("POST", address, body, content_type="application/x-www-form-urlencoded")


def verdicts(checkout: Checkout) -> list[tuple[str, str]]:
    return list(
        Postback.objects.filter(checkout=checkout).order_by("pk").values_list("verdict", "reason")
    )


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Runs the steps in a thread each, let go together."""
    gate, results = threading.Barrier(len(steps)), []

    def run(step: Callable[[], Any]) -> None:
        close_old_connections()
        try:
            gate.wait()
            results.append(step())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def paid_lately(member: Member) -> dict[int, Decimal]:
    """What was paid for the member's accounts in the last 24 hours, in dollars, by account."""
    return {key: each.amount for key, each in of_member(member).received.items()}
