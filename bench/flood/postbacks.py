"""The postbacks for each checkout, and what must be recorded at the end."""

from decimal import Decimal
from random import Random
from urllib.parse import urlencode
from uuid import UUID

from bench.flood.sender import Call
from tests.cast import BILLER_GUID

Line = tuple[UUID, str, Decimal]  # PaymentGUID, invoice, amount


def token(number: int) -> str:
    return f"token-of-checkout-{number}"


def postbacks_of(random: Random, number: int) -> tuple[list[Call], list[Line]]:
    """Returns the postbacks for one checkout, and the payment that must be recorded at the end."""
    guid, is_paid = UUID(int=random.getrandbits(128)), random.random() < 0.9
    lines = [
        (guid, f"{number}-{n}", Decimal(random.randint(1, 99999)) / 100)
        for n in range(random.randint(1, 2) if is_paid else 0)
    ]
    bodies = [fields(number, "True", *line) for line in lines]
    if not is_paid or random.random() < 0.2:  # declined first; its postback comes first or last
        declined = UUID(int=random.getrandbits(128))
        bodies.append(fields(number, "False", declined, "", Decimal("84.20")))
    repeats = [body for body in bodies for _ in range(random.choice((0, 0, 1, 1, 2)))]
    return [(f"/pay/postback/{token(number)}/", body) for body in bodies + repeats], lines


def fields(number: int, approved: str, guid: UUID, invoice: str, amount: Decimal) -> bytes:
    told = {
        "BillerGUID": BILLER_GUID,
        "PaymentDate": "11/20/2026 3:04:05 PM",
        "InvoiceNumber": invoice,
        "Approved": approved,
        "CustomerName": "Willows Laundry",
        "PaymentGUID": guid,
        "PaymentAmount": f"{amount:.2f}",
        "PaymentTypeID": "1",
        "CardType": "Visa",
        "PaymentMessage": "Approved" if approved == "True" else "Declined",
        "BillerReference": f"R{number}",
        "ConvenienceFee": "0.00",
        "RemoteIP": "198.51.100.7",
    }
    return urlencode(told).encode()
