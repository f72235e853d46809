"""The review queue: postbacks that could not be believed, until a staff user decides."""

import logging

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffUser
from payments.models import Checkout, Payment, Postback
from payments.models.postback import DecidedMeanwhile, NotDecided
from payments.models.review_decision import ReviewDecision
from payments.postbacks.parsing import NeedsReview, data_of
from payments.postbacks.recording import check_recordable, record_payment

__all__ = ["DecidedMeanwhile", "NotAcceptable", "NotDecided", "decide", "obstacle"]

logger = logging.getLogger(__name__)
Decision, Reason = ReviewDecision.Decision, Postback.Reason

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
    Reason.KNOWN: _("A payment with this PaymentGUID is already recorded."),
    Reason.SECOND: _(
        "The checkout already has a payment. Resolve a double payment at Invoice Cloud."
    ),
}


class NotAcceptable(NotDecided):
    """No payment can be recorded from the postback: see `obstacle`."""


def obstacle(postback: Postback) -> Promise | None:
    """Returns why the postback cannot be accepted as a payment; None if it can."""
    data = data_of(postback)
    if data.is_declined():
        return _("The postback itself says that the payment was declined.")
    try:
        check_recordable(data, postback.checkout)
    except NeedsReview as doubt:
        return OBSTACLES[doubt.reason]
    return None


def decide(
    postback: Postback, *, by: StaffUser, decision: str, note: str, seen: int | None
) -> ReviewDecision:
    """Records the decision; accepting records the payment with it.

    seen: the key of the decision in effect when the staff user opened the page, if any.
    Raises NotDecided.
    """
    with transaction.atomic():
        # The lock of `postbacks.conclude`: a postback that arrives now waits, or is concluded.
        checkout = Checkout.objects.select_for_update(no_key=True).get(pk=postback.checkout_id)
        made = postback.decide(decision, by=by, note=note, seen=seen)
        if decision == Decision.ACCEPTED:
            _accept(postback, checkout)
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    logger.info("review decision %s", decision, extra=extra)
    return made


def _accept(postback: Postback, checkout: Checkout) -> None:
    """Raises NotAcceptable, which also undoes the decision."""
    if obstacle(postback):
        raise NotAcceptable
    data = data_of(postback)
    try:
        record_payment(data, postback, checkout, source=Payment.Source.DECISION)
    except NeedsReview:  # a postback of another checkout was faster
        raise NotAcceptable from None
