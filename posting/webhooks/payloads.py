"""The body of an event: the same bytes for every attempt, from lines that never change."""

import json
from datetime import datetime, tzinfo

from payments.models import PaymentLine, ReversalLine
from posting.entries import Entry, payment_entries, reversal_entries
from posting.keys import key_of
from posting.models import WebhookDelivery


def body_of(delivery: WebhookDelivery) -> bytes:
    """Returns the JSON of the delivery, with times in the biller's zone."""
    zone = delivery.endpoint.biller.zone
    entry, at = _entry_of(delivery), written(delivery.recorded_at, zone)
    facts = facts_of(entry, zone, at) if entry else {"message": "This is a test. Post nothing."}
    payload = {"type": delivery.event, "timestamp": at, "data": facts}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def facts_of(entry: Entry, zone: tzinfo, recorded_at: str) -> dict[str, str]:
    """Returns a line as webhooks send it. Amounts are text, so that no receiver rounds them."""
    facts = {
        "id": entry.key,
        "kind": entry.kind,
        "payment_guid": str(entry.payment_guid),
        "invoice_number": entry.invoice_number,
        "account_number": entry.account_number,
        "amount": f"{entry.amount:.2f}",
        "fee": f"{entry.fee:.2f}",
        "total": f"{entry.total:.2f}",
        "paid_at": written(entry.paid_at, zone),
        "happened_at": written(entry.happened_at, zone),
        "recorded_at": recorded_at,
        "method": entry.method,
        "reference": entry.reference,
    }
    if entry.is_reversal:
        facts["payment_line"] = key_of(entry.payment_line_id, None)
    return facts


def written(moment: datetime, zone: tzinfo) -> str:
    """Returns an ISO 8601 time with the zone's offset, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _entry_of(delivery: WebhookDelivery) -> Entry | None:
    if delivery.payment_line_id:
        lines = PaymentLine.objects.filter(pk=delivery.payment_line_id)
        return next(payment_entries(lines))[0]
    if delivery.reversal_line_id:
        reversed_lines = ReversalLine.objects.filter(pk=delivery.reversal_line_id)
        return next(reversal_entries(reversed_lines))[0]
    return None
