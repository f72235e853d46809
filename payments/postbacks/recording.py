"""Records the payment of a postback: for `postbacks.conclude` if the postback is believed, and for
`review.decide` if a staff user accepts it. Both hold the checkout's lock."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from accounts.linked_accounts import balances
from accounts.models import UtilityAccount
from payments.models import Checkout, Payment, Postback
from payments.postbacks.parsing import NeedsReview, PostbackData

Reason, Source = Postback.Reason, Payment.Source


class Share(NamedTuple):
    """What a postback paid for one account, in dollars."""

    account: UtilityAccount
    amount: Decimal
    fee: Decimal

    @classmethod
    def whole(cls, data: PostbackData, account: UtilityAccount) -> "Share":
        """Returns all that it paid. Raises NeedsReview if that cannot be read."""
        return cls(account, data.amount(), data.fee())


def record_payment(
    data: PostbackData,
    postback: Postback,
    checkout: Checkout,
    share: Share,
    *,
    source: Payment.Source = Source.POSTBACK,
) -> Payment:
    """Records a payment for one account of the checkout, or another invoice of one. A payment from
    Invoice Cloud's list is complete and only gets its checkout.

    Raises NeedsReview if the postback cannot be read or contradicts what is recorded.
    """
    lock_guids([data.required_payment_guid()])
    check_recordable(data, checkout, share, by_staff=source == Source.DECISION)
    payment, _ = Payment.objects.get_or_create(
        biller=checkout.biller,
        payment_guid=data.required_payment_guid(),
        account=share.account,
        defaults={
            "checkout": checkout,
            "source": source,
            "paid_at": data.paid_at() or postback.received_at,
            "method": data.method(),
        },
    )
    if payment.checkout_id is None:
        return _attach_checkout(payment, share, checkout)
    if payment.checkout_id != checkout.pk:  # recorded for another checkout a moment ago
        raise NeedsReview(Reason.KNOWN)
    _, is_new = payment.lines.get_or_create(
        invoice_number=data.invoice_number(),
        defaults={"postback": postback, "amount": share.amount, "fee": share.fee},
    )
    if not is_new:
        raise NeedsReview(Reason.KNOWN)
    checkout.close_or_retire()
    # Robust: an unreachable cache must not make a stored postback look like a failed one.
    transaction.on_commit(lambda: balances.forget(share.account), robust=True)
    return payment


def lock_guids(guids: Iterable[UUID]) -> None:
    """One PaymentGUID at a time, until the end of the transaction: it may pay several accounts of
    one checkout, but never of two, and no unique key says that. SQLite has one writer anyway.

    After the checkout's lock, and all that a transaction needs in one call: always in the same
    order, so that no two wait for each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for key in sorted({_lock_key(guid) for guid in guids}):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _lock_key(guid: UUID) -> int:
    return int.from_bytes(guid.bytes[:8], "big", signed=True)


def check_recordable(
    data: PostbackData, checkout: Checkout, share: Share, *, by_staff: bool
) -> None:
    """Raises NeedsReview if `record_payment` would. by_staff: whether a staff user decides."""
    guid = data.required_payment_guid()
    paid = Payment.objects.filter(checkout=checkout, account=share.account)
    if paid.exclude(payment_guid=guid).exists():
        raise NeedsReview(Reason.SECOND)
    known = Payment.objects.filter(biller=checkout.biller_id, payment_guid=guid)
    if known.exclude(checkout=None).exclude(checkout=checkout).exists():
        raise NeedsReview(Reason.KNOWN)
    if known.exclude(account__in=checkout.ordered_accounts).exists():
        raise NeedsReview(Reason.KNOWN)
    same = known.filter(account=share.account).first()
    if same and not _adds_to(same, data.invoice_number(), share, by_staff=by_staff):
        raise NeedsReview(Reason.KNOWN)


def _adds_to(known: Payment, invoice: str, share: Share, *, by_staff: bool) -> bool:
    """Of a reversed payment, staff find out whether a further invoice was paid after all."""
    if known.checkout_id is None:
        return not known.is_reversed and _agrees_with_list(known, share)
    is_open = by_staff or not known.is_reversed
    return is_open and _is_another_invoice(invoice, known)


def _agrees_with_list(listed: Payment, share: Share) -> bool:
    """Compares amount and fee; a list may leave out the fee."""
    return listed.amount == share.amount and listed.fee in {0, share.fee}


def _attach_checkout(payment: Payment, share: Share, checkout: Checkout) -> Payment:
    """Sets the checkout once: only for a payment without one. Nothing else changes."""
    # The lock of `reversals`: what is being taken back is not paid.
    listed = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    without = Payment.objects.filter(pk=payment.pk, checkout=None)
    agrees = not listed.is_reversed and _agrees_with_list(listed, share)
    if not agrees or not without.update(checkout=checkout):
        raise NeedsReview(Reason.KNOWN)
    checkout.close_or_retire()
    return payment


def _is_another_invoice(invoice: str, payment: Payment) -> bool:
    """A postback without an invoice number is about the whole payment, so it must be the only one.
    A payment from Invoice Cloud's list is already complete."""
    if payment.source == Source.RECONCILIATION:
        return False
    invoices = set(payment.lines.values_list("invoice_number", flat=True))
    return not invoices or (invoice not in invoices and "" not in invoices | {invoice})
