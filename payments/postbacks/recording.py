"""Writing down the payment that a call tells of: from `postbacks.conclude` when the call is
believed, from `review.decide` when an operator believes it. Both hold the checkout's lock."""

from uuid import UUID

from django.db import transaction

from accounts.linked_accounts import balances
from icsso.client.contract import PostbackField
from payments.models import Checkout, Payment, Postback
from payments.postbacks.parsing import Call, Doubtful

Reason, Source = Postback.Reason, Payment.Source


def record(
    call: Call, postback: Postback, checkout: Checkout, *, source: Payment.Source = Source.POSTBACK
) -> Payment:
    """A payment, or one more invoice of it. One that a list told of is whole: it gets its checkout.

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
    if payment.checkout_id is None:
        return _give(payment, call, checkout)
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
    if known and not _adds_to(known, call, checkout):
        raise Doubtful(Reason.KNOWN)


def _adds_to(known: Payment, call: Call, checkout: Checkout) -> bool:
    if known.checkout_id is None:
        return _is_what_the_list_said(known, call, checkout)
    ours = known.checkout_id == checkout.pk
    return ours and _is_another_invoice(call.invoice_number(), known)


def _is_what_the_list_said(known: Payment, call: Call, checkout: Checkout) -> bool:
    """A list may say nothing of the fee."""
    same_money = known.amount == call.amount() and known.fee in {0, call.fee()}
    return known.account_id == checkout.account_id and same_money


def _give(payment: Payment, call: Call, checkout: Checkout) -> Payment:
    """Once: the update takes only one that has no checkout. Not a word of it is changed."""
    without = Payment.objects.filter(pk=payment.pk, checkout=None)
    if not _is_what_the_list_said(payment, call, checkout) or not without.update(checkout=checkout):
        raise Doubtful(Reason.KNOWN)
    checkout.close()
    return payment


def _is_another_invoice(invoice: str, payment: Payment) -> bool:
    """Without an invoice number the call is about the whole payment, and there is only one such.
    One that Invoice Cloud's list told us of is whole already."""
    if payment.source == Source.RECONCILIATION:
        return False
    invoices = set(payment.lines.values_list("invoice_number", flat=True))
    return not invoices or (invoice not in invoices and "" not in invoices | {invoice})


def _guid(call: Call) -> UUID:
    return call.guid(PostbackField.PAYMENT_GUID, Reason.GUID)
