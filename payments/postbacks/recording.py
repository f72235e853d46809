"""Records the payment of a postback: for `postbacks.conclude` if the postback is believed, and for
`review.decide` if a staff user accepts it. Both hold the locks of the checkout and of the
PaymentGUID."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts.linked_accounts import kept
from accounts.models import UtilityAccount
from icsso.queries import MadeOnce
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


def known_payments(checkout: Checkout, guid: UUID | None) -> list[Payment]:
    """Returns what a postback may agree with or contradict: the payments of its checkout, and those
    of its biller with its PaymentGUID."""
    return _known(checkout_id=checkout.pk, biller_id=checkout.biller_id, payment_guid=guid)


def _own_or_same(checkout_id: Any, biller_id: Any, payment_guid: Any) -> QuerySet[Payment]:
    own, same = Q(checkout_id=checkout_id), Q(biller_id=biller_id, payment_guid=payment_guid)
    return Payment.objects.filter(own | same if payment_guid else own).order_by()


_known = MadeOnce(
    _own_or_same,
    checkout_id=Payment._meta.get_field("checkout"),
    biller_id=Payment._meta.get_field("biller"),
    payment_guid=Payment._meta.get_field("payment_guid"),
)


def record_payment(  # noqa: PLR0913  the last two by name
    data: PostbackData,
    postback: Postback,
    checkout: Checkout,
    share: Share,
    *,
    source: Payment.Source = Source.POSTBACK,
    known: list[Payment] | None = None,
) -> Payment:
    """Records a payment for one account of the checkout, or another invoice of one. A payment from
    Invoice Cloud's list is complete and only gets its checkout. The caller holds the locks of the
    checkout and of the PaymentGUID, so that nobody else records it; if one did all the same, a
    unique key undoes the transaction, and the postback is concluded again.

    known: what `known_payments` gives, if it was asked under the same locks.
    Raises NeedsReview if the postback cannot be read or contradicts what is recorded.
    """
    known = known_payments(checkout, data.required_payment_guid()) if known is None else known
    same = _recordable(data, checkout, share, known, by_staff=source == Source.DECISION)
    if same and same.checkout_id is None:
        return _attach_checkout(same, share, checkout)
    payment = same or Payment.objects.create(
        biller=checkout.biller,
        payment_guid=data.required_payment_guid(),
        account=share.account,
        checkout=checkout,
        source=source,
        paid_at=data.paid_at() or postback.received_at,
        method=data.method(),
    )
    payment.lines.create(
        invoice_number=data.invoice_number(),
        postback=postback,
        amount=share.amount,
        fee=share.fee,
    )
    checkout.close_or_retire()
    # Robust: an unreachable cache must not make a stored postback look like a failed one.
    transaction.on_commit(lambda: kept.forget_paid(share.account), robust=True)
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
    known = known_payments(checkout, data.required_payment_guid())
    _recordable(data, checkout, share, known, by_staff=by_staff)


def _recordable(
    data: PostbackData, checkout: Checkout, share: Share, known: list[Payment], *, by_staff: bool
) -> Payment | None:
    """Returns the payment that it adds to, or None for a new one. Raises NeedsReview."""
    guid, account = data.required_payment_guid(), share.account.pk
    own = [each for each in known if each.checkout_id == checkout.pk]
    if any(each.account_id == account and each.payment_guid != guid for each in own):
        raise NeedsReview(Reason.SECOND)
    told = [each for each in known if each.payment_guid == guid]
    if any(each.checkout_id not in {None, checkout.pk} for each in told):
        raise NeedsReview(Reason.KNOWN)
    accounts = {each.pk for each in checkout.ordered_accounts}
    if any(each.account_id not in accounts for each in told):
        raise NeedsReview(Reason.KNOWN)
    same = next((each for each in told if each.account_id == account), None)
    if same and not _adds_to(same, data.invoice_number(), share, by_staff=by_staff):
        raise NeedsReview(Reason.KNOWN)
    return same


def _adds_to(known: Payment, invoice: str, share: Share, *, by_staff: bool) -> bool:
    """Whether the postback adds to this payment. If the payment was reversed, only staff can say
    whether a further invoice was paid after all."""
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
