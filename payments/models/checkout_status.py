"""The status of a checkout, and of each of its accounts, derived from its facts: in Python for one
checkout, and in SQL for lists and reports. A test compares the two.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, Max, OuterRef, Q, Value, When
from django.db.models import prefetch_related_objects as prefetch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.checkout_account import CheckoutAccount, about_outer_account
from payments.models.postback import Postback
from payments.models.review_decision import ReviewDecision
from payments.models.sums import is_reversed

if TYPE_CHECKING:
    from payments.models.checkout import Checkout
    from payments.models.payment import Payment

Verdict, Decision = Postback.Verdict, ReviewDecision.Decision


class AccountVerdict(NamedTuple):
    """What a postback, or a staff decision about it, says about an account; None if it names none
    of the checkout's."""

    account: int | None
    verdict: str
    at: datetime

    def stands(self, recorded_at: datetime | None) -> bool:
        """Whether it is still relevant if the last payment was recorded at that time: a payment
        after a decline may have been for any account. In SQL: `PostbackQuerySet.denying`."""
        is_no = self.verdict in {Verdict.DECLINED, Decision.REJECTED}
        return not is_no or recorded_at is None or recorded_at < self.at


class Status(models.TextChoices):
    OPENING = "opening", _("being opened")
    FAILED = "failed", _("could not be opened")
    OPEN = "open", _("open")
    WAITING = "waiting", _("waiting for confirmation")
    CHECKING = "checking", _("being checked")
    UNCONFIRMED = "unconfirmed", _("not confirmed")
    DECLINED = "declined", _("declined")
    REJECTED = "rejected", _("not paid")
    PARTLY_PAID = "partly-paid", _("partly paid")
    PAID = "paid", _("paid")
    REVERSED = "reversed", _("paid, then reversed")


SETTLED = (Status.PAID, Status.REVERSED)
NO_MONEY = (Status.DECLINED, Status.REJECTED)


def status_at(checkout: "Checkout", moment: datetime | None) -> Status:
    """Returns the status at a past moment, or now for None.

    Invoice Cloud's postbacks take precedence over what the customer's browser did.
    """
    return overall(checkout, statuses_at(checkout, moment), moment)


def overall(
    checkout: "Checkout", statuses: Mapping[int, Status], moment: datetime | None = None
) -> Status:
    """Returns the status of the checkout. statuses: those of its accounts."""
    standing = set(statuses.values())
    if standing <= {*SETTLED}:
        return Status.PAID if Status.PAID in standing else Status.REVERSED
    if Status.CHECKING in standing:
        return Status.CHECKING  # money may have been taken: the customer must not pay again
    if standing & {*SETTLED}:
        return Status.PARTLY_PAID
    if standing <= {*NO_MONEY}:
        return Status.DECLINED if Status.DECLINED in standing else Status.REJECTED
    return _status_without_postbacks(checkout, moment)


def statuses_at(checkout: "Checkout", moment: datetime | None = None) -> dict[int, Status]:
    """Returns the status of each account, by its key and in their order."""
    payments = {each.account_id: each for each in checkout.payments.all()}
    prefetch(list(payments.values()), "lines__reversal_lines")
    recorded = [line.recorded_at for each in payments.values() for line in each.lines.all()]
    last = max((at for at in recorded if _happened(at, moment)), default=None)
    verdicts = [each for each in _verdicts(checkout, moment) if each.stands(last)]
    return {
        account.pk: _of_payment(payments.get(account.pk), moment)
        or _of_postbacks({each.verdict for each in verdicts if each.account in {None, account.pk}})
        or _status_without_postbacks(checkout, moment)
        for account in checkout.ordered_accounts
    }


def _of_payment(payment: "Payment | None", moment: datetime | None) -> Status | None:
    if payment is None or not _happened(payment.created_at, moment):
        return None
    is_reversed = payment.was_reversed(at=moment) if moment else payment.is_reversed
    return Status.REVERSED if is_reversed else Status.PAID


def _of_postbacks(verdicts: set[str]) -> Status | None:
    if verdicts & {Verdict.REVIEW, Verdict.RECEIVED}:
        return Status.CHECKING
    if Verdict.DECLINED in verdicts:
        return Status.DECLINED
    return Status.REJECTED if Decision.REJECTED in verdicts else None


def _verdicts(checkout: "Checkout", moment: datetime | None) -> list[AccountVerdict]:
    """Returns the verdicts of its postbacks; a final staff decision replaces "review"."""
    if moment is None and "postbacks" not in getattr(checkout, "_prefetched_objects_cache", {}):
        return _latest_verdicts(checkout)
    postbacks = [one for one in checkout.postbacks.all() if _happened(one.received_at, moment)]
    prefetch([one for one in postbacks if one.verdict == Verdict.REVIEW], "decisions")
    return [AccountVerdict(one.account_id, *one.concluded_at(moment)) for one in postbacks]


def _latest_verdicts(checkout: "Checkout") -> list[AccountVerdict]:
    """Asks the database for the latest of each kind, because anyone who knows the URL can send any
    number of postbacks."""
    own = Postback.objects.filter(checkout=checkout).order_by()
    every = [AccountVerdict(*each) for each in _latest(own)]
    if all(each.verdict != Verdict.REVIEW for each in every):
        return every
    final = ReviewDecision.objects.final().filter(postback__checkout=checkout).order_by()
    decided = final.values_list("postback__account_id", "decision").annotate(Max("at"))
    rest = [each for each in every if each.verdict != Verdict.REVIEW]
    waiting = [AccountVerdict(*each) for each in _latest(own.awaiting_decision())]
    return [*rest, *waiting, *(AccountVerdict(*each) for each in decided)]


def _latest(postbacks: models.QuerySet[Postback]) -> Any:
    return postbacks.values_list("account_id", "verdict").annotate(Max("received_at"))


def _status_without_postbacks(checkout: "Checkout", moment: datetime | None) -> Status:
    if _happened(checkout.failed_at, moment) or checkout.has_timed_out(at=moment):
        return Status.FAILED
    if checkout.age(at=moment) > checkout.UNCONFIRMED_AFTER:
        return Status.UNCONFIRMED
    if _happened(checkout.returned_at, moment):
        return Status.WAITING
    return Status.OPEN if _happened(checkout.launched_at, moment) else Status.OPENING


def _happened(at: datetime | None, moment: datetime | None) -> bool:
    """Compares times only for a past moment: the clocks of two machines differ."""
    return at is not None and (moment is None or at <= moment)


class Ago(Value):
    """The moment this long before the query runs, even if it was composed earlier."""

    def __init__(self, age: timedelta) -> None:
        super().__init__(age, output_field=models.DateTimeField())

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        moment = Value(timezone.now() - self.value, output_field=self.output_field)
        return moment.as_sql(compiler, connection, **context)


def status_in_sql(*, timed_out: Q, too_old: Q) -> Case:
    """Returns the expression for the status of a checkout."""
    whens = (
        *_by_payments_and_postbacks(),
        When(Q(failed_at__isnull=False) | timed_out, then=_value(Status.FAILED)),
        When(too_old, then=_value(Status.UNCONFIRMED)),
        When(returned_at__isnull=False, then=_value(Status.WAITING)),
        When(launched_at__isnull=False, then=_value(Status.OPEN)),
    )
    return _case(*whens, default=Status.OPENING)


@cache
def _by_payments_and_postbacks() -> tuple[When, ...]:
    """Returns the conditions, which are made once and copied by each query. A subquery occurs only
    once if possible: the database plans every one, even those that it never runs."""
    parts = CheckoutAccount.objects.filter(checkout=OuterRef("pk"))
    payments = apps.get_model("payments", "Payment").objects
    own = payments.filter(checkout=OuterRef("pk"))
    of_postback = payments.filter(checkout=OuterRef("checkout"), account=OuterRef("account"))
    undecided = Postback.objects.undecided().filter(~Exists(of_postback))
    refused = about_outer_account().denying()
    # Looked up first, with a single key: most checkouts have no declined or rejected postback.
    said_no = has(Postback.objects.filter(verdict__in=[Verdict.DECLINED, Verdict.REVIEW]))
    declined = has(Postback.objects.filter(verdict=Verdict.DECLINED))
    still_paid = When(Exists(own.filter(~is_reversed())), then=_value(Status.PAID))
    return (
        When(
            Exists(own) & ~Exists(parts.unpaid()),
            then=_case(still_paid, default=Status.REVERSED),
        ),
        When(has(undecided), then=_value(Status.CHECKING)),
        When(Exists(own), then=_value(Status.PARTLY_PAID)),
        When(
            said_no & ~Exists(parts.filter(~Exists(refused))),
            then=_case(
                When(declined, then=_value(Status.DECLINED)),
                default=Status.REJECTED,
            ),
        ),
    )


def _case(*whens: When, default: Status) -> Case:
    return Case(*whens, default=_value(default), output_field=models.CharField())


def _value(status: Status) -> Value:
    return Value(status.value)


def has(postbacks: models.QuerySet[Postback]) -> Exists:
    """Returns whether the outer checkout has one of these."""
    return Exists(postbacks.filter(checkout=OuterRef("pk")))
