"""Calls about payments: kept as they came, then checked, then concluded.

Invoice Cloud signs nothing, so a call is believed only where it agrees with its checkout.
"""

import logging

from django.db import transaction

from icsso.client.contract import PostbackField
from payments.checkout.tokens import digest
from payments.models import Checkout, Payment, Postback
from payments.postbacks import fields
from payments.postbacks.parsing import Call, Doubtful
from payments.postbacks.recording import record

logger = logging.getLogger(__name__)
Reason, Verdict = Postback.Reason, Postback.Verdict
Decision = tuple[Postback.Verdict, str]  # the verdict, and a remark on it


def receive(*, token: str, query: bytes, body: bytes) -> None:
    """Keeps a call, then concludes its checkout. When this returns, the call is stored.

    Raises Checkout.DoesNotExist for an unknown token and fields.TooMuch; both write nothing.
    A DatabaseError means: not stored for certain, so let Invoice Cloud call again.
    """
    told = fields.read(query=query, body=body)
    checkout = Checkout.objects.select_related("biller").get(postback_digest=digest(token))
    keep(checkout, told)
    conclude(checkout)


def keep(checkout: Checkout, told: fields.Fields) -> Postback:
    """Stores the call, whatever it says, in a transaction of its own."""
    safe = fields.without_card_numbers(told, biller=checkout.biller)
    return Postback.objects.create(
        checkout=checkout,
        fields=safe,
        content_digest=fields.content_digest(safe),
        payment_guid=Call(safe).payment_guid(),
    )


def conclude(checkout: Checkout) -> None:
    """The one door for "paid": decides every call about a checkout that is not decided yet.

    Safe to repeat and to run twice at once. What it cannot do leaves the kept calls as they are.
    """
    with transaction.atomic():
        # One at a time: by this lock on PostgreSQL, by BEGIN IMMEDIATE on SQLite. What must not
        # happen twice rests on unique keys and the update below all the same.
        locked = Checkout.objects.select_for_update(no_key=True).get(pk=checkout.pk)
        for postback in locked.postbacks.filter(verdict=Verdict.RECEIVED).order_by("pk"):
            verdict, reason = _judge(postback, locked)
            undecided = Postback.objects.filter(pk=postback.pk, verdict=Verdict.RECEIVED)
            undecided.update(verdict=verdict, reason=reason)
            if verdict in {Verdict.DECLINED, Verdict.REVIEW}:
                locked.retire()  # the hosted page stays open: the customer may try another card
            extra = {"checkout": locked.pk, "biller": locked.biller.slug}
            logger.info("postback %s %s", verdict.value, reason, extra=extra)


def _judge(postback: Postback, checkout: Checkout) -> Decision:
    if _came_before(postback):
        return Verdict.REPEATED, ""
    try:
        return _decide(postback, checkout)
    except Doubtful as doubt:
        return Verdict.REVIEW, doubt.reason


def _came_before(postback: Postback) -> bool:
    # Not by their numbers: of two at once the one with the lower number may be stored last.
    others = Postback.objects.filter(checkout=postback.checkout_id).exclude(pk=postback.pk)
    same = others.filter(content_digest=postback.content_digest)
    return same.exclude(verdict=Verdict.RECEIVED).exists()


def _decide(postback: Postback, checkout: Checkout) -> Decision:
    call = Call(postback.fields)
    call.demand_one_value_each()
    approved = call.approved()
    _demand_agreement(call, checkout)
    _demand_own_guid(call, checkout, approved=approved)
    if approved:
        if record(call, postback, checkout).source == Payment.Source.RECONCILIATION:
            return Verdict.REPEATED, ""  # a list had told of it
        return Verdict.APPROVED, "" if call.paid_at() else Reason.DATE
    if Payment.objects.filter(checkout=checkout).exists():
        raise Doubtful(Reason.CONTRADICTS)
    return Verdict.DECLINED, ""


def _demand_agreement(call: Call, checkout: Checkout) -> None:
    """What the call says of biller, checkout and account is right, or is not said at all."""
    ours = checkout.biller.biller_guid
    if call.text(PostbackField.BILLER_GUID):
        told = call.guid(PostbackField.BILLER_GUID, Reason.BILLER)
        # A biller set up without its GUID, which `Biller.missing` names, has the address alone:
        # 256 bits that only Invoice Cloud was told. Held back, money taken would look lost.
        if ours and told != ours:
            raise Doubtful(Reason.BILLER)
    if call.text(PostbackField.BILLER_REFERENCE) not in {"", checkout.biller_reference}:
        raise Doubtful(Reason.REFERENCE)
    if call.text(PostbackField.ACCOUNT_NUMBER) not in {"", checkout.account.account_number}:
        raise Doubtful(Reason.ACCOUNT)


def _demand_own_guid(call: Call, checkout: Checkout, *, approved: bool) -> None:
    """Whether a payment that a list told of without a checkout is this one, `record` decides."""
    if not call.names(PostbackField.PAYMENT_GUID):
        return
    guid = call.guid(PostbackField.PAYMENT_GUID, Reason.GUID)
    known = Payment.objects.filter(biller=checkout.biller, payment_guid=guid)
    elsewhere = known.exclude(checkout=checkout)
    if (elsewhere.exclude(checkout=None) if approved else elsewhere).exists():
        raise Doubtful(Reason.KNOWN)
