"""How a checkout stands, or stood: worked out from its facts, never stored."""

from datetime import datetime

from django.db.models import Prefetch, TextChoices, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from payments.models import Checkout, Payment, Postback
from payments.models.review_decision import ReviewDecision
from payments.postbacks.parsing import Call

Verdict, Decision = Postback.Verdict, ReviewDecision.Decision


class Status(TextChoices):
    OPENING = "opening", _("being opened")
    FAILED = "failed", _("could not be opened")
    OPEN = "open", _("open")
    WAITING = "waiting", _("waiting for confirmation")
    CHECKING = "checking", _("being checked")
    UNCONFIRMED = "unconfirmed", _("not confirmed")
    DECLINED = "declined", _("declined")
    REJECTED = "rejected", _("not paid")
    PAID = "paid", _("paid")


def telling_calls() -> "Prefetch[str]":
    """For lists of checkouts: the calls that decide how each stands. A repeated one never does, and
    may be there without end: whoever knows the address can make it again."""
    telling = Postback.objects.exclude(verdict=Verdict.REPEATED)
    return Prefetch("postbacks", telling.prefetch_related("decisions"))


def status_of(checkout: Checkout, *, at: datetime | None = None) -> Status:
    """What comes from Invoice Cloud's calls goes before what the customer's browser did.

    at: a moment in the past, to say how it stood then; None for how it stands.
    """
    payment = payment_of(checkout)
    if payment and _by(payment.created_at, at):
        return Status.PAID
    found = _of_calls(checkout, at)
    if found & {Verdict.REVIEW, Verdict.RECEIVED}:
        return Status.CHECKING  # perhaps money was taken: the customer must not pay again
    if Verdict.DECLINED in found:
        return Status.DECLINED
    if Decision.REJECTED in found:
        return Status.REJECTED
    return _without_calls(checkout, at)


def _of_calls(checkout: Checkout, at: datetime | None) -> set[str]:
    """The verdicts on its calls; on one for review, the operator's word goes before that."""
    calls = [call for call in checkout.postbacks.all() if _by(call.received_at, at)]
    doubtful = [call for call in calls if call.verdict == Verdict.REVIEW]
    prefetch_related_objects(doubtful, "decisions")
    return {call.verdict for call in calls if call not in doubtful} | {
        _after_review(call, at) for call in doubtful
    }


def _after_review(call: Postback, at: datetime | None) -> str:
    made = [decision for decision in call.decisions.all() if _by(decision.at, at)]
    is_final = bool(made) and made[-1].decision in ReviewDecision.FINAL
    return made[-1].decision if is_final else Verdict.REVIEW


def _without_calls(checkout: Checkout, at: datetime | None) -> Status:
    if _by(checkout.failed_at, at) or checkout.is_broken_off(at=at):
        return Status.FAILED
    if checkout.age(at=at) > Checkout.UNCONFIRMED_AFTER:
        return Status.UNCONFIRMED
    if _by(checkout.returned_at, at):
        return Status.WAITING
    return Status.OPEN if _by(checkout.launched_at, at) else Status.OPENING


def _by(happened: datetime | None, at: datetime | None) -> bool:
    """Whether it had happened by then. Now is not looked at: clocks of two machines differ."""
    return happened is not None and (at is None or happened <= at)


def payment_of(checkout: Checkout) -> Payment | None:
    return getattr(checkout, "payment", None)


def why_declined(checkout: Checkout) -> str:
    """Invoice Cloud's words about the last try, if it said any."""
    declined = [call for call in checkout.postbacks.all() if call.verdict == Verdict.DECLINED]
    return Call(declined[-1].fields).message() if declined else ""
