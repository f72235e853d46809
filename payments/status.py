"""How a checkout stands: worked out from its facts, never stored."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from payments.call import Call
from payments.models import Checkout, Payment, Postback

Verdict = Postback.Verdict


class Status(TextChoices):
    OPENING = "opening", _("being opened")
    FAILED = "failed", _("could not be opened")
    OPEN = "open", _("open")
    WAITING = "waiting", _("waiting for confirmation")
    CHECKING = "checking", _("being checked")
    UNCONFIRMED = "unconfirmed", _("not confirmed")
    DECLINED = "declined", _("declined")
    PAID = "paid", _("paid")


def status_of(checkout: Checkout) -> Status:
    """What comes from Invoice Cloud's calls goes before what the customer's browser did."""
    if payment_of(checkout):
        return Status.PAID
    verdicts = {postback.verdict for postback in checkout.postbacks.all()}
    if verdicts & {Verdict.REVIEW, Verdict.RECEIVED}:
        return Status.CHECKING  # perhaps money was taken: the customer must not pay again
    if Verdict.DECLINED in verdicts:
        return Status.DECLINED
    return _without_calls(checkout)


def _without_calls(checkout: Checkout) -> Status:
    if checkout.failed_at or checkout.is_broken_off():
        return Status.FAILED
    if checkout.age() > Checkout.UNCONFIRMED_AFTER:
        return Status.UNCONFIRMED
    if checkout.returned_at:
        return Status.WAITING
    return Status.OPEN if checkout.launched_at else Status.OPENING


def payment_of(checkout: Checkout) -> Payment | None:
    return getattr(checkout, "payment", None)


def why_declined(checkout: Checkout) -> str:
    """Invoice Cloud's words about the last try, if it said any."""
    declined = [call for call in checkout.postbacks.all() if call.verdict == Verdict.DECLINED]
    return Call(declined[-1].fields).message() if declined else ""
