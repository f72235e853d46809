"""Records the payment of a postback: for `postbacks.conclude` if the postback is believed, and for
`review.decide` if a staff user accepts it. Both hold the checkout's lock."""

from django.db import transaction

from accounts.linked_accounts import balances
from payments.models import Checkout, Payment, Postback
from payments.postbacks.parsing import NeedsReview, PostbackData

Reason, Source = Postback.Reason, Payment.Source


def record_payment(
    data: PostbackData,
    postback: Postback,
    checkout: Checkout,
    *,
    source: Payment.Source = Source.POSTBACK,
) -> Payment:
    """Records a payment, or another invoice of one. A payment from Invoice Cloud's list is complete
    and only gets its checkout.

    Raises NeedsReview if the postback cannot be read or contradicts what is recorded.
    """
    check_recordable(data, checkout)
    payment, _ = Payment.objects.get_or_create(
        biller=checkout.biller,
        payment_guid=data.required_payment_guid(),
        defaults={
            "checkout": checkout,
            "account": checkout.account,
            "source": source,
            "paid_at": data.paid_at() or postback.received_at,
            "method": data.method(),
        },
    )
    if payment.checkout_id is None:
        return _attach_checkout(payment, data, checkout)
    if payment.checkout_id != checkout.pk:  # recorded for another checkout a moment ago
        raise NeedsReview(Reason.KNOWN)
    _, is_new = payment.lines.get_or_create(
        invoice_number=data.invoice_number(),
        defaults={"postback": postback, "amount": data.amount(), "fee": data.fee()},
    )
    if not is_new:
        raise NeedsReview(Reason.KNOWN)
    checkout.close()
    # Robust: an unreachable cache must not make a stored postback look like a failed one.
    transaction.on_commit(lambda: balances.forget(checkout.account), robust=True)
    return payment


def check_recordable(data: PostbackData, checkout: Checkout) -> None:
    """Raises NeedsReview if `record_payment` would."""
    data.amount()
    data.fee()
    guid = data.required_payment_guid()
    if Payment.objects.filter(checkout=checkout).exclude(payment_guid=guid).exists():
        raise NeedsReview(Reason.SECOND)
    known = Payment.objects.filter(biller=checkout.biller_id, payment_guid=guid).first()
    if known and not _adds_to(known, data, checkout):
        raise NeedsReview(Reason.KNOWN)


def _adds_to(known: Payment, data: PostbackData, checkout: Checkout) -> bool:
    if known.checkout_id is None:
        return _agrees_with_list(known, data, checkout)
    is_ours = known.checkout_id == checkout.pk
    return is_ours and _is_another_invoice(data.invoice_number(), known)


def _agrees_with_list(listed: Payment, data: PostbackData, checkout: Checkout) -> bool:
    """Compares amount and fee; a list may leave out the fee."""
    same_money = listed.amount == data.amount() and listed.fee in {0, data.fee()}
    return listed.account_id == checkout.account_id and same_money


def _attach_checkout(payment: Payment, data: PostbackData, checkout: Checkout) -> Payment:
    """Sets the checkout once: only for a payment without one. Nothing else changes."""
    without = Payment.objects.filter(pk=payment.pk, checkout=None)
    if not _agrees_with_list(payment, data, checkout) or not without.update(checkout=checkout):
        raise NeedsReview(Reason.KNOWN)
    checkout.close()
    return payment


def _is_another_invoice(invoice: str, payment: Payment) -> bool:
    """A postback without an invoice number is about the whole payment, so it must be the only one.
    A payment from Invoice Cloud's list is already complete."""
    if payment.source == Source.RECONCILIATION:
        return False
    invoices = set(payment.lines.values_list("invoice_number", flat=True))
    return not invoices or (invoice not in invoices and "" not in invoices | {invoice})
