"""Calls PostBackURL after a payment, the way its settings say."""

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from sandbox.models import Biller, HostedPayment, Payment, PostbackSent, PostbackSettings

from . import delivery

FieldList = list[list[str]]  # [[name, text]] in the order sent
PLACES = ["body", "query", "both"]
WHEN = ["before_return", "after_return", "never"]
SETTINGS = ["when", "delay_seconds", "copies", "place", "return_method", "shuffle", "per_invoice"]
SETTINGS += ["overrides", "retries"]
ALLOWED = {"when": WHEN, "place": PLACES, "return_method": ["GET", "POST"]}
TYPE_IDS = {"card": "1", "bank": "2"}


def settings_for(biller: Biller) -> PostbackSettings:
    """The biller's own settings, else those of every biller, else the defaults."""
    of_all = PostbackSettings.objects.filter(biller=None).first()
    return PostbackSettings.objects.filter(biller=biller).first() or of_all or PostbackSettings()


def change_settings(biller: Biller | None, changes: dict[str, Any]) -> None:
    """Of one biller, or of every biller without settings of its own."""
    for name, allowed in ALLOWED.items():
        if changes.get(name, allowed[0]) not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}")
    PostbackSettings.objects.update_or_create(biller=biller, defaults=changes)


def schedule(payment: Payment, *, moment: str) -> None:
    """Sends the postbacks of a payment if the settings choose this moment: `before_return` (called
    by settlement.pay) or `after_return` (called by the page that sends the browser back)."""
    settings = settings_for(payment.biller)
    hosted = payment.hosted
    if hosted is None or settings.when != moment or not hosted.request["PostBackURL"]:
        return
    drafts = compose(payment, settings)
    sent = [create(hosted, fields, settings.place, payment) for fields in drafts]
    for postback in sent:
        delivery.in_background(postback, delay=settings.delay_seconds, retries=settings.retries)
    if moment == PostbackSettings.BEFORE and not settings.delay_seconds:
        delivery.wait_for_first_attempts(sent)


def compose(payment: Payment, settings: PostbackSettings) -> list[FieldList]:
    """The field lists to send: one for each invoice when the settings say so, and the copies."""
    parts = [[line] for line in payment.lines] if settings.per_invoice else [payment.lines]
    drafts = [overridden(fields_of(payment, lines), settings.overrides) for lines in parts]
    drafts = [list(fields) for fields in drafts for _ in range(settings.copies)]
    if settings.shuffle:
        for order in [drafts, *drafts]:
            random.shuffle(order)
    return drafts


def overridden(fields: FieldList, overrides: dict[str, Any]) -> FieldList:
    """With other texts, without the fields set to null, and with names that are new at the end."""
    known = {name for name, _ in fields}
    kept = [[name, str(overrides.get(name, text))] for name, text in fields]
    kept += [[name, str(text)] for name, text in overrides.items() if name not in known]
    return [[name, text] for name, text in kept if overrides.get(name, "") is not None]


def fields_of(payment: Payment, lines: list[dict[str, str]]) -> FieldList:
    payer = payment.hosted.request["Customers"][0] if payment.hosted else {}
    amount = sum((Decimal(line["amount"]) for line in lines), Decimal("0.00"))
    first = lines[0] is payment.lines[0]
    fields = {
        "BillerGUID": str(payment.biller.biller_guid),
        "PaymentDate": us_time(timezone.localtime(payment.created_at)),
        "InvoiceNumber": ",".join(line["invoice_number"] for line in lines),
        "Approved": "True" if payment.approved else "False",
        "CustomerName": payer.get("Name") or getattr(payment.customer, "name", ""),
        "CustomerAddress": payer.get("Address") or getattr(payment.customer, "address1", ""),
        "CustomerCity": payer.get("City") or getattr(payment.customer, "city", ""),
        "CustomerState": payer.get("State") or getattr(payment.customer, "state", ""),
        "CustomerZip": payer.get("Zip") or getattr(payment.customer, "zip", ""),
        "PaymentGUID": str(payment.guid),
        "PaymentAmount": f"{amount:,.2f}",
        "PaymentDescription": payment.biller.name,
        "PaymentTypeID": TYPE_IDS[payment.kind],
        "CardType": payment.brand if payment.kind == "card" else "",
        "PaymentMessage": payment.message,
        "BillerReference": payment.hosted.request["BillerReference"] if payment.hosted else "",
        # The fee is charged once, however many calls tell of the payment.
        "ConvenienceFee": f"{payment.fee if first else 0:,.2f}",
        "RemoteIP": payment.remote_ip,
        "AccountNumber": lines[0]["account_number"],
    }
    return [[name, text] for name, text in fields.items()]


def us_time(moment: datetime) -> str:
    """11/23/2026 3:04:05 PM"""
    hour = moment.hour % 12 or 12
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S %p}"


def create(
    hosted: HostedPayment, fields: FieldList, place: str, payment: Payment | None
) -> PostbackSent:
    return PostbackSent.objects.create(
        hosted=hosted,
        payment=payment,
        url=hosted.request["PostBackURL"],
        place=place,
        fields=fields,
    )


def send_again(postback: PostbackSent) -> PostbackSent:
    """The same call once more, waited for and not repeated."""
    fields: FieldList = postback.fields
    return send(postback.hosted, fields, postback.place, postback.payment)


def send(
    hosted: HostedPayment, fields: FieldList, place: str, payment: Payment | None = None
) -> PostbackSent:
    """One call of any content, waited for and not repeated."""
    postback = create(hosted, fields, place, payment)
    delivery.attempt(postback)
    postback.refresh_from_db()
    return postback
