"""Writing down the payment that a call tells of: from `postbacks.conclude` when the call is
believed, from `decisions.decide` when an operator believes it. Both hold the checkout's lock."""

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
    amount, fee = call.amount(), call.fee()
    payment = _payment(call, postback, checkout, source)
    invoice = call.invoice_number()
    invoices = set(payment.lines.values_list("invoice_number", flat=True))
    # Without an invoice number the call is about the whole payment, and there is only one such.
    if invoices and invoice not in invoices and "" in invoices | {invoice}:
        raise Doubtful(Reason.KNOWN)
    _, is_new = payment.lines.get_or_create(
        invoice_number=invoice, defaults={"postback": postback, "amount": amount, "fee": fee}
    )
    if not is_new:
        raise Doubtful(Reason.KNOWN)
    return payment


def _payment(call: Call, postback: Postback, checkout: Checkout, source: Payment.Source) -> Payment:
    guid = call.guid(PostbackField.PAYMENT_GUID, Reason.GUID)
    if Payment.objects.filter(checkout=checkout).exclude(payment_guid=guid).exists():
        raise Doubtful(Reason.SECOND)
    payment, _ = Payment.objects.get_or_create(
        biller=checkout.biller,
        payment_guid=guid,
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
    return payment
