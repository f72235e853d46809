"""What happened to a checkout, in order and in words, and what the customer read at each point."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, When, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.checkout.status import Status, payment_of, status_of
from payments.models import Checkout, Payment, Postback
from payments.models.review_decision import ReviewDecision

LONGEST = 100  # calls shown: whoever knows the address can make calls without end
Verdict = Postback.Verdict
CONCLUSIONS = {
    Verdict.RECEIVED: _("It is stored, and not looked at yet."),
    Verdict.APPROVED: _("It says that it was approved, and agrees with what was launched here."),
    Verdict.DECLINED: _("It says that it was declined. The customer may try again there."),
    Verdict.REPEATED: _("The same call had come before. Nothing changed."),
    Verdict.REVIEW: _("Somebody must decide about it."),
}


@dataclass(frozen=True, kw_only=True)
class Event:
    at: datetime
    title: str | Promise
    text: str | Promise = ""
    # What there is to show of it beside the words.
    postback: Postback | None = None
    payment: Payment | None = None
    customer_saw: Status | None = None


def story_of(checkout: Checkout) -> list[Event]:
    """The oldest first."""
    told = sorted(_events(checkout), key=lambda event: event.at)
    return [_with_status(event, checkout) for event in told]


def calls_left_out(checkout: Checkout) -> int:
    return max(0, Postback.objects.filter(checkout=checkout).count() - LONGEST)


def _calls(checkout: Checkout) -> list[Postback]:
    """The last one, then what came to something, what is no repeat, and repeats: the oldest of
    each. The first of all is no repeat."""
    every = Postback.objects.filter(checkout=checkout)
    last = every.order_by("-received_at", "-pk")[:1]
    decided = Exists(ReviewDecision.objects.filter(postback=OuterRef("pk")))
    weight = Case(
        When(Q(decided) | Q(verdict=Verdict.APPROVED), then=0),
        When(verdict=Verdict.REPEATED, then=2),
        default=1,
    )
    others = every.exclude(pk__in=[call.pk for call in last]).order_by(weight, "received_at", "pk")
    calls = [*last, *others[: LONGEST - 1]]
    prefetch_related_objects(calls, "decisions__by")
    return sorted(calls, key=lambda call: (call.received_at, call.pk))


def _with_status(event: Event, checkout: Checkout) -> Event:
    return replace(event, customer_saw=status_of(checkout, at=event.at))


def _events(checkout: Checkout) -> Iterator[Event]:
    yield _started(checkout)
    if checkout.launched_at:
        yield Event(at=checkout.launched_at, title=_("Invoice Cloud gave its payment page"))
    if checkout.failed_at:
        why = f"{checkout.get_failure_display()}. {checkout.failure_note}"
        yield Event(at=checkout.failed_at, title=_("The payment page didn't open"), text=why)
    elif checkout.is_broken_off():
        broken = checkout.created_at + Checkout.PATIENCE
        yield Event(at=broken, title=_("The launch was broken off before Invoice Cloud answered"))
    if checkout.returned_at:
        came = _("The browser came back from the payment page. That proves no payment.")
        yield Event(at=checkout.returned_at, title=_("The customer came back"), text=came)
    if checkout.unconfirmed_at:
        text = _("An hour had passed without a call. A later call still counts.")
        yield Event(at=checkout.unconfirmed_at, title=_("Marked unconfirmed"), text=text)
    for postback in _calls(checkout):
        yield from _call(postback)
    if payment := payment_of(checkout):
        yield Event(
            at=payment.created_at,
            title=_("Recorded as a payment"),
            text=_("Known by: %s.") % payment.get_source_display(),
            payment=payment,
        )


def _started(checkout: Checkout) -> Event:
    who = checkout.member.email if checkout.member else _("a guest")
    if not checkout.member and not checkout.is_guest:
        who = _("a member who is not there any more")
    words = {"who": who, "account": checkout.account}
    title = _("Started by %(who)s, for account %(account)s")
    return Event(at=checkout.created_at, title=title % words)


def _call(postback: Postback) -> Iterator[Event]:
    yield Event(
        at=postback.received_at,
        title=_("Invoice Cloud called: %s") % postback.get_verdict_display(),
        text=_because(postback),
        postback=postback,
    )
    for decision in postback.decisions.all():
        title = _("%(who)s decided: %(what)s")
        words = {"who": decision.by, "what": decision.get_decision_display()}
        yield Event(at=decision.at, title=title % words, text=decision.note)


def _because(postback: Postback) -> str | Promise:
    """Why the verdict on the call is what it is."""
    if postback.reason:
        return _("Because: %s.") % postback.get_reason_display()
    return CONCLUSIONS[Verdict(postback.verdict)]
