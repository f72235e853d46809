"""The review queue: postbacks that could not be believed, until a staff user decides."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffUser
from icsso.client.contract import PostbackField
from payments.models import Checkout, Payment, Postback, Reversal
from payments.models.postback import DecidedMeanwhile, NotDecided
from payments.models.reversal_kind import ReversalKind
from payments.models.review_decision import ReviewDecision
from payments.postbacks.parsing import NeedsReview, data_of, dollars
from payments.postbacks.recording import Share, lock_guids, record_payment
from payments.reversals.kinds import kind_in
from payments.reversals.services import (
    NOTHING_LEFT,
    ZERO,
    Evidence,
    NotReversed,
    Part,
    reverse,
)
from payments.review.sharing import accounts_of, doubt_of, sharing_of
from payments.review.withdrawn import reinstate_withdrawn, withdrawal_of

__all__ = [
    "DecidedMeanwhile",
    "NotAcceptable",
    "NotDecided",
    "NotReversed",
    "decide",
    "last_reversal",
    "obstacle",
    "payment_concerned",
    "payment_elsewhere",
    "proposed_event",
    "record_reversal",
    "withdrawal_of",
]

logger = logging.getLogger(__name__)
Decision, Reason = ReviewDecision.Decision, Postback.Reason
Kind = ReversalKind
LONGEST_NOTE = 500  # of a reversal

OBSTACLES = {
    Reason.AMOUNT: _(
        "No amount above zero can be read, so there is nothing to record. Ask Invoice Cloud what "
        "was paid. If its list of payments has this payment with an amount such as 84.20, the "
        "payment can be added through reconciliation."
    ),
    Reason.FEE: _(
        "The fee cannot be read, so the total paid is not known. Ask Invoice Cloud what was paid. "
        "If its list of payments has this payment with a fee such as 2.50, or with none, the "
        "payment can be added through reconciliation."
    ),
    Reason.GUID: _(
        "Without a readable PaymentGUID, there is no way to make sure the payment is counted only "
        "once. If Invoice Cloud's list of payments has the payment with its PaymentGUID, it can be "
        "added through reconciliation."
    ),
    Reason.BROKEN_OFF: _(
        "Only a part of it arrived, so its amount or account may be incomplete. Invoice Cloud was "
        "told to send it again, and the whole postback counts by itself. If the payment is "
        "recorded, reject this one. If not, ask Invoice Cloud whether it was paid: a payment in "
        "its list can be added through reconciliation. If every postback arrives like this, ask "
        "your administrator whether a proxy changes its length."
    ),
    Reason.CUT: _(
        "It was larger than any postback should be, or came without its length, so at most its "
        "beginning was kept, and its amount or account may be missing or incomplete. If the "
        "payment is recorded, reject this one. If not, ask Invoice Cloud whether it was paid: a "
        "payment in its list can be added through reconciliation. If every postback arrives like "
        "this, ask your administrator what a proxy changes in it."
    ),
    Reason.KNOWN: _("A payment with this PaymentGUID is already recorded."),
    Reason.SECOND: _(
        "The checkout already has a payment for this account. Resolve a double payment at Invoice "
        "Cloud."
    ),
}
WAS_REVERSED = _(
    "The payment with this PaymentGUID was reversed. If it was paid after all, reinstate it on its "
    "page."
)

CHANGED = _("This has changed since you opened the page. Check it again.")
ALIKE = _(
    "A reversal that may be the same is already recorded, as shown above. If it is the same, "
    "reject the postback. If this is another, say so and save again."
)


class NotAcceptable(NotDecided):
    """No payment can be recorded from the postback: see `obstacle`."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a postback reports about a payment, as read by a staff user.

    amount: without the fee. fee: None if it was kept. seen: the payment's `last_reversal` when the
    page was opened. is_another: the staff user says that this is none of the recorded reversals.
    """

    kind: ReversalKind
    amount: Decimal
    happened_at: datetime
    fee: Decimal | None = None
    seen: int | None = None
    is_another: bool = False


def obstacle(postback: Postback) -> Promise | None:
    """Returns why the postback cannot be accepted as a payment; None if it can."""
    data = data_of(postback)
    if data.is_declined():
        return _("The postback itself says that the payment was declined.")
    doubts = [doubt_of(postback, account) for account in accounts_of(postback)]
    if None in doubts or (Reason.KNOWN in doubts and withdrawal_of(postback)):
        return None
    known = Payment.objects.filter(biller=postback.checkout.biller_id)
    guid = data.payment_guid()
    payment = known.filter(payment_guid=guid).first() if guid else None
    is_reversed = payment is not None and payment.is_reversed
    return WAS_REVERSED if is_reversed else OBSTACLES[doubts[0]]  # type: ignore[index]


def payment_concerned(postback: Postback) -> Payment | None:
    """Returns the payment of the postback's own checkout, unless the postback names another."""
    own = Payment.objects.filter(checkout=postback.checkout_id)
    if postback.payment_guid:
        own = own.filter(payment_guid=postback.payment_guid)
    if postback.account_id:
        own = own.filter(account=postback.account_id)
    found = list(own.with_reversals()[:2])
    return found[0] if len(found) == 1 else None


def payment_elsewhere(postback: Postback) -> Payment | None:
    """Returns the payment that the postback names, if it is not that of its own checkout. Nothing
    can be recorded about it from the postback: anyone who knows the URL of one checkout could name
    any payment."""
    if postback.payment_guid is None:
        return None
    named = Payment.objects.filter(payment_guid=postback.payment_guid)
    others = named.filter(biller=postback.checkout.biller_id)
    others = others.exclude(checkout=postback.checkout_id)
    return others.select_related("account", "checkout").first()


def last_reversal(payment: Payment) -> int | None:
    """Returns the key of the last record of what became of it, reinstatements included."""
    return payment.reversals.values_list("pk", flat=True).order_by("pk").last()


def may_be_recorded(postback: Postback, event: Event, payment: Payment) -> bool:
    """Whether a reversal of the entered amount, or of the postback's own, is recorded, or any
    reversal if it gives no amount; even one that was taken back since. Reversals from a withdrawn
    list don't count."""
    known = payment.reversals.exclude(kind=Kind.REINSTATED)
    known = known.filter(list_line__reconciliation__withdrawn_at=None)
    said = _amount_said(postback)
    amounts = {event.amount, said}
    return any(said is None or -each.amount in amounts for each in known.prefetch_related("lines"))


def _amount_said(postback: Postback) -> Decimal | None:
    """Returns None if the postback gives no amount; zero if only a fee goes back."""
    data = data_of(postback)
    said = dollars(data.text(PostbackField.PAYMENT_AMOUNT))
    fee = dollars(data.text(PostbackField.CONVENIENCE_FEE)) or ZERO
    return abs(said) if said or (said is not None and fee < 0) else None


def proposed_event(postback: Postback, payment: Payment) -> Event:
    """Returns what the postback appears to report, for the staff user to check."""
    data = data_of(postback)
    said = _amount_said(postback)
    amount = payment.net_amount if said is None else min(said, payment.net_amount)
    fee = dollars(data.text(PostbackField.CONVENIENCE_FEE)) or ZERO
    return Event(
        kind=kind_in(data.message()) or Kind.RETURNED,
        amount=amount,
        fee=min(-fee, payment.net_fee) if fee < 0 and payment.net_fee else None,
        happened_at=max(data.paid_at() or postback.received_at, payment.paid_at),
        seen=last_reversal(payment),
    )


def record_reversal(
    postback: Postback, event: Event, *, by: StaffUser, note: str, seen: int | None
) -> Reversal:
    """Decides that the postback reverses the payment of its checkout, and records that.

    seen: see `decide`. Raises NotDecided, or NotReversed with the reason.
    """
    with transaction.atomic():
        # The lock of `postbacks.conclude` and of `reversals`.
        checkout = Checkout.objects.select_for_update(no_key=True).get(pk=postback.checkout_id)
        postback.decide(Decision.REVERSED, by=by, note=note, seen=seen)
        payment = payment_concerned(postback)
        if payment is None or not payment.net_total:
            raise NotReversed(NOTHING_LEFT)
        if last_reversal(payment) != event.seen:
            raise NotReversed(CHANGED)
        if not event.is_another and may_be_recorded(postback, event, payment):
            raise NotReversed(ALIKE)
        evidence = _evidence(postback, event, by=by, note=note)
        made = reverse(payment, event.kind, evidence, Part(amount=event.amount, fee=event.fee))
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    logger.info("review decision %s", Decision.REVERSED, extra=extra)
    return made


def _evidence(postback: Postback, event: Event, *, by: StaffUser, note: str) -> Evidence:
    return Evidence(
        source=Reversal.Source.POSTBACK,
        by=by,
        note=note[:LONGEST_NOTE],
        happened_at=event.happened_at,
        postback=postback,
    )


def decide(  # noqa: PLR0913  (by keyword, so none can be swapped)
    postback: Postback,
    *,
    by: StaffUser,
    decision: str,
    note: str,
    seen: int | None,
    amounts: Mapping[int, Decimal] | None = None,
    is_besides: bool = False,
) -> ReviewDecision:
    """Records the decision; accepting records the payment with it. For a reversal, see
    `record_reversal`.

    amounts: how much was paid for each account (its key), for a postback that names none of
    several; is_besides: they are in addition to what is recorded with its PaymentGUID, otherwise
    they are the rest of it (`Sharing`). seen: the key of the current decision when the staff user
    opened the page, if any. Raises NotDecided.
    """
    with transaction.atomic():
        # The lock of `postbacks.conclude`: a postback that arrives now waits, or is concluded.
        checkout = Checkout.objects.select_for_update(no_key=True).get(pk=postback.checkout_id)
        made = postback.decide(decision, by=by, note=note, seen=seen)
        if decision == Decision.ACCEPTED:
            _accept(made, checkout, amounts or {}, is_besides=is_besides)
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    logger.info("review decision %s", decision, extra=extra)
    return made


def _accept(
    made: ReviewDecision, checkout: Checkout, amounts: Mapping[int, Decimal], *, is_besides: bool
) -> None:
    """Raises NotAcceptable, which also undoes the decision."""
    postback = made.postback
    if guid := data_of(postback).payment_guid():
        lock_guids([guid])  # what is already counted stays
    if obstacle(postback):
        raise NotAcceptable
    data, withdrawal = data_of(postback), withdrawal_of(postback)
    try:
        if withdrawal:
            note = made.note[:LONGEST_NOTE]
            reinstate_withdrawn(postback, checkout, withdrawal, by=made.by, note=note)
            return
        for share in _shares(postback, amounts, is_besides=is_besides):
            record_payment(data, postback, checkout, share, source=Payment.Source.DECISION)
    except NeedsReview:  # a postback of another checkout was faster
        raise NotAcceptable from None


def _shares(postback: Postback, amounts: Mapping[int, Decimal], *, is_besides: bool) -> list[Share]:
    """Raises NotAcceptable."""
    sharing = sharing_of(postback)
    if sharing is None:
        return [Share.whole(data_of(postback), accounts_of(postback)[0])]
    shares = sharing.shares(amounts, is_besides=is_besides)
    if not shares:
        raise NotAcceptable
    return shares
