"""Writing down the payment that a call tells of: from `postbacks.conclude` when the call is
believed, from `review.decide` when an operator believes it. Both hold the checkout's lock."""

from uuid import UUID

from django.db import transaction

from accounts import balances
from icsso.contract import PostbackField
from payments.call import Call, Doubtful
from payments.models import Checkout, Payment, Postback

Reason, Source = Postback.Reason, Payment.Source


def record(
    call: Call, postback: Postback, checkout: Checkout, *, source: Payment.Source = Source.POSTBACK
) -> Payment:
    """A payment, or one more invoice of it.

    Raises Doubtful where that cannot be read, or contradicts what is recorded.
    """
    demand_new(call, checkout)
    payment, _ = Payment.objects.get_or_create(
        biller=checkout.biller,
        payment_guid=_guid(call),
        defaults={
            "checkout": checkout,
            "account": checkout.account,
            "source": source,
            "paid_at": call.paid_at() or postback.received_at,
            "method": call.method(),
        },
    )
    if payment.checkout_id != checkout.pk:  # it came to be elsewhere a moment ago
        raise Doubtful(Reason.KNOWN)
    _, is_new = payment.lines.get_or_create(
        invoice_number=call.invoice_number(),
        defaults={"postback": postback, "amount": call.amount(), "fee": call.fee()},
    )
    if not is_new:
        raise Doubtful(Reason.KNOWN)
    checkout.close()
    # Robust: a cache that is away must not make a stored call look like a failed one.
    transaction.on_commit(lambda: balances.forget(checkout.account), robust=True)
    return payment


def demand_new(call: Call, checkout: Checkout) -> None:
    """Whether `record` would take it. Raises Doubtful."""
    call.amount()
    call.fee()
    guid = _guid(call)
    if Payment.objects.filter(checkout=checkout).exclude(payment_guid=guid).exists():
        raise Doubtful(Reason.SECOND)
    known = Payment.objects.filter(biller=checkout.biller_id, payment_guid=guid).first()
    if known and known.checkout_id != checkout.pk:
        raise Doubtful(Reason.KNOWN)
    if known and not _is_another_invoice(call.invoice_number(), known):
        raise Doubtful(Reason.KNOWN)


def _is_another_invoice(invoice: str, payment: Payment) -> bool:
    """Without an invoice number the call is about the whole payment, and there is only one such.
    One that Invoice Cloud's list told us of is whole already."""
    if payment.source == Source.RECONCILIATION:
        return False
    invoices = set(payment.lines.values_list("invoice_number", flat=True))
    return not invoices or (invoice not in invoices and "" not in invoices | {invoice})


def _guid(call: Call) -> UUID:
    return call.guid(PostbackField.PAYMENT_GUID, Reason.GUID)
