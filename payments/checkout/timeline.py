"""The timeline of a checkout for staff: what happened, in order, and what the customer saw."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, When, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.templatetags.balance_words import signed_dollars
from payments.models import Checkout, Payment, Postback
from payments.models.checkout import Status
from payments.models.review_decision import ReviewDecision

MOST_POSTBACKS = 100  # shown at most: anyone who knows the address can send any number
Verdict = Postback.Verdict
CONCLUSIONS = {
    Verdict.RECEIVED: _("It is stored, but not processed yet."),
    Verdict.APPROVED: _("It reports an approved payment and matches this checkout."),
    Verdict.DECLINED: _(
        "It reports a declined payment. The customer can try again on the payment page."
    ),
    Verdict.REPEATED: _("It repeats an earlier postback. Nothing changed."),
    Verdict.REVIEW: _("A staff user must review it."),
}


@dataclass(frozen=True, kw_only=True)
class Event:
    at: datetime
    title: str | Promise
    text: str | Promise = ""
    # What is shown next to the text.
    postback: Postback | None = None
    payment: Payment | None = None
    customer_saw: Status | None = None


def timeline_of(checkout: Checkout) -> list[Event]:
    """Returns the events, oldest first."""
    prefetch_related_objects([checkout], "payments__lines__reversal_lines", "payments__reversals")
    events = sorted(_events(checkout), key=lambda event: event.at)
    return [_with_status(event, checkout) for event in events]


def postbacks_left_out(checkout: Checkout) -> int:
    """Returns how many postbacks the timeline leaves out."""
    return max(0, Postback.objects.filter(checkout=checkout).count() - MOST_POSTBACKS)


def _postbacks(checkout: Checkout) -> list[Postback]:
    """Picks the last one, then those with a result, others, and repeats; each kind oldest first."""
    every = Postback.objects.filter(checkout=checkout)
    last = every.order_by("-received_at", "-pk")[:1]
    decided = Exists(ReviewDecision.objects.filter(postback=OuterRef("pk")))
    weight = Case(
        When(Q(decided) | Q(verdict=Verdict.APPROVED), then=0),
        When(verdict=Verdict.REPEATED, then=2),
        default=1,
    )
    others = every.exclude(pk__in=[postback.pk for postback in last])
    by_weight = others.order_by(weight, "received_at", "pk")
    shown = [*last, *by_weight[: MOST_POSTBACKS - 1]]
    prefetch_related_objects(shown, "decisions__by")
    return sorted(shown, key=lambda postback: (postback.received_at, postback.pk))


def _with_status(event: Event, checkout: Checkout) -> Event:
    return replace(event, customer_saw=checkout.status_at(event.at))


def _events(checkout: Checkout) -> Iterator[Event]:
    yield _started(checkout)
    if checkout.launched_at:
        yield Event(at=checkout.launched_at, title=_("Invoice Cloud provided the payment page"))
    if checkout.failed_at:
        why = f"{checkout.get_failure_display()}. {checkout.failure_note}"
        yield Event(at=checkout.failed_at, title=_("The payment page didn't open"), text=why)
    elif checkout.has_timed_out():
        timeout = checkout.created_at + Checkout.LAUNCH_TIMEOUT
        yield Event(
            at=timeout,
            title=_("Opening the payment page was interrupted before Invoice Cloud responded"),
        )
    if checkout.returned_at:
        text = _("The browser came back from the payment page. This doesn't confirm a payment.")
        yield Event(at=checkout.returned_at, title=_("The customer came back"), text=text)
    if checkout.unconfirmed_at:
        text = _("No postback arrived within an hour. A late postback still counts.")
        yield Event(at=checkout.unconfirmed_at, title=_("Marked unconfirmed"), text=text)
    if checkout.checked_at:
        yield Event(
            at=checkout.checked_at,
            title=_("Checked by %s") % (checkout.checked_by or _("a staff user")),
            text=checkout.checked_note,
        )
    for postback in _postbacks(checkout):
        yield from _postback(postback)
    for payment in checkout.payments.select_related("account").with_net():
        yield _recorded(payment, checkout)
        yield from _reversals(payment)


def _recorded(payment: Payment, checkout: Checkout) -> Event:
    title: str | Promise = _("Recorded as a payment")
    if len(checkout.ordered_accounts) > 1:
        title = _("Recorded as a payment for account %s") % payment.account
    source = _("Source: %s.") % payment.get_source_display()
    return Event(at=payment.created_at, title=title, text=source, payment=payment)


def _reversals(payment: Payment) -> Iterator[Event]:
    for made in payment.reversals.select_related("by").prefetch_related("lines"):
        title = _("Recorded: %(what)s, %(amount)s")
        words = {"what": made.get_kind_display(), "amount": signed_dollars(made.total)}
        source = _("Source: %(source)s. Recorded by %(who)s.")
        known = source % {"source": made.get_source_display(), "who": made.by}
        text = f"{known} {made.note}".strip()
        yield Event(at=made.recorded_at, title=title % words, text=text)


def _started(checkout: Checkout) -> Event:
    who = checkout.member.email if checkout.member else _("a guest")
    if not checkout.member and not checkout.is_guest:
        who = _("a member who has been deleted")
    accounts = checkout.ordered_accounts
    title = ngettext(
        "Started by %(who)s, for account %(account)s",
        "Started by %(who)s, for %(number)d accounts: %(account)s",
        len(accounts),
    )
    named = ", ".join(map(str, accounts))
    words = {"who": who, "account": named, "number": len(accounts)}
    return Event(at=checkout.created_at, title=title % words, text=_on_behalf(checkout))


def _on_behalf(checkout: Checkout) -> str | Promise:
    """Returns the members on whose behalf a helper pays."""
    if not checkout.helped:
        return ""
    parts = checkout.parts.filter(by_helper=True).select_related("on_behalf_of")
    owners = {part.on_behalf_of.email for part in parts if part.on_behalf_of}
    return _("As a helper, on behalf of %s.") % (", ".join(sorted(owners)) or _("a former member"))


def _postback(postback: Postback) -> Iterator[Event]:
    yield Event(
        at=postback.received_at,
        title=_("Postback received: %s") % postback.get_verdict_display(),
        text=_explanation(postback),
        postback=postback,
    )
    for decision in postback.decisions.all():
        title = _("%(who)s decided: %(what)s")
        words = {"who": decision.by, "what": decision.get_decision_display()}
        yield Event(at=decision.at, title=title % words, text=decision.note)


def _explanation(postback: Postback) -> str | Promise:
    """Returns the reason for the postback's verdict."""
    if postback.reason:
        return _("Reason: %s.") % postback.get_reason_display()
    return CONCLUSIONS[Verdict(postback.verdict)]
