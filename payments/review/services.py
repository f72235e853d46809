"""The review queue: calls that could not be believed, until an operator has decided."""

import logging

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffUser
from icsso.client.contract import APPROVED_TEXTS, PostbackField
from payments.models import Checkout, Payment, Postback
from payments.models.review_decision import ReviewDecision
from payments.postbacks.parsing import Call, Doubtful
from payments.postbacks.recording import demand_new, record

logger = logging.getLogger(__name__)
Decision, Reason = ReviewDecision.Decision, Postback.Reason

OBSTACLES = {
    Reason.AMOUNT: _("No amount above zero can be read, so there is nothing to record."),
    Reason.FEE: _("The fee cannot be read, so what was paid in all is not known."),
    Reason.GUID: _(
        "Without a readable PaymentGUID nobody could tell that the payment is counted once."
    ),
    Reason.KNOWN: _("A payment with this PaymentGUID is recorded already."),
    Reason.SECOND: _(
        "The checkout has a payment already. Money taken twice is settled at Invoice Cloud."
    ),
}


class NotDecided(Exception):
    """Nothing was written."""


class DecidedMeanwhile(NotDecided):
    """Somebody else decided since the operator looked, or it is accepted, which stays."""


class NotAcceptable(NotDecided):
    """No payment can be made of it: see `obstacle`."""


def undecided() -> QuerySet[Postback]:
    """Those for review with no final decision, oldest first."""
    ended = ReviewDecision.objects.final().filter(postback=OuterRef("pk"))
    return Postback.objects.filter(~Exists(ended), verdict=Postback.Verdict.REVIEW)


def unconfirmed() -> QuerySet[Checkout]:
    """Checkouts about which no call has come, newest first."""
    called = Postback.objects.filter(checkout=OuterRef("pk"))
    marked = Checkout.objects.filter(unconfirmed_at__isnull=False, payment=None)
    return marked.exclude(Exists(called))


def obstacle(postback: Postback) -> Promise | None:
    """What keeps the call from being accepted as a payment, whoever believes it."""
    call = Call(postback.fields)
    if APPROVED_TEXTS.get(call.text(PostbackField.APPROVED)) is False:
        return _("The call itself says that the payment was declined.")
    try:
        demand_new(call, postback.checkout)
    except Doubtful as doubt:
        return OBSTACLES[doubt.reason]
    return None


def decide(
    postback: Postback, *, by: StaffUser, decision: str, note: str, seen: int | None
) -> ReviewDecision:
    """Writes the decision down; accepting records the payment with it.

    seen: the key of the decision that stood when the operator looked, if any did.
    Raises NotDecided.
    """
    with transaction.atomic():
        # The lock of `postbacks.conclude`: a call that comes now waits, or has been concluded.
        checkout = Checkout.objects.select_for_update(no_key=True).get(pk=postback.checkout_id)
        last = ReviewDecision.objects.filter(postback=postback).last()
        if (last and last.pk) != seen or (last and last.decision == Decision.ACCEPTED):
            raise DecidedMeanwhile
        if decision == Decision.ACCEPTED:
            _accept(postback, checkout)
        made = ReviewDecision.objects.create(
            postback=postback, supersedes=last, by=by, decision=decision, note=note
        )
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    logger.info("review decision %s", decision, extra=extra)
    return made


def _accept(postback: Postback, checkout: Checkout) -> None:
    if obstacle(postback):
        raise NotAcceptable
    try:
        record(Call(postback.fields), postback, checkout, source=Payment.Source.DECISION)
    except Doubtful:  # a call about another checkout was a moment faster
        raise NotAcceptable from None
