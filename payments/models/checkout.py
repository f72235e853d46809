"""The checkout and its state machine: the facts, how they may change, and the status derived from
them. Diagram: docs/state-machines.md, "Checkout".
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, Exists, OuterRef, Prefetch, Q, Value, When
from django.db.models import prefetch_related_objects as prefetch
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, UtilityAccount
from icsso.billers.encryption import EncryptedTextField
from icsso.billers.models import Biller
from payments.models.postback import Postback
from payments.models.review_decision import ReviewDecision

if TYPE_CHECKING:
    from payments.models.payment import Payment

# No letters that look like digits: customers read references aloud over the phone.
LEGIBLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
Verdict, Decision = Postback.Verdict, ReviewDecision.Decision


def new_biller_reference() -> str:
    """Returns our reference for a checkout, shown at Invoice Cloud and on the receipt."""
    return get_random_string(10, LEGIBLE)


class Status(models.TextChoices):
    OPENING = "opening", _("being opened")
    FAILED = "failed", _("could not be opened")
    OPEN = "open", _("open")
    WAITING = "waiting", _("waiting for confirmation")
    CHECKING = "checking", _("being checked")
    UNCONFIRMED = "unconfirmed", _("not confirmed")
    DECLINED = "declined", _("declined")
    REJECTED = "rejected", _("not paid")
    PAID = "paid", _("paid")


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    def with_deciding_postbacks(self) -> "CheckoutQuerySet":
        """For lists: prefetches the postbacks that the status depends on. Repeated postbacks never
        matter, and anyone who knows the address can send any number of them."""
        deciding = Postback.objects.exclude(verdict=Verdict.REPEATED)
        return self.prefetch_related(Prefetch("postbacks", deciding.prefetch_related("decisions")))

    def with_status(self, now: datetime | None = None) -> Any:
        """Annotates `status_value`: `Checkout.status`, computed by the database."""
        now = now or timezone.now()
        timed_out = Q(launched_at=None, created_at__lt=now - Checkout.LAUNCH_TIMEOUT)
        cases = (
            (Q(payment__isnull=False), Status.PAID),
            (_has(Postback.objects.undecided()), Status.CHECKING),
            (_has(Postback.objects.filter(verdict=Verdict.DECLINED)), Status.DECLINED),
            (_has(Postback.objects.filter(verdict=Verdict.REVIEW)), Status.REJECTED),
            (Q(failed_at__isnull=False) | timed_out, Status.FAILED),
            (Q(created_at__lt=now - Checkout.UNCONFIRMED_AFTER), Status.UNCONFIRMED),
            (Q(returned_at__isnull=False), Status.WAITING),
            (Q(launched_at__isnull=False), Status.OPEN),
        )
        whens = [When(condition, Value(status.value)) for condition, status in cases]
        default = Value(Status.OPENING.value)
        return self.annotate(
            status_value=Case(*whens, default=default, output_field=models.CharField())
        )

    def unconfirmed(self) -> "CheckoutQuerySet":
        """Returns those marked unconfirmed that still have no postback and no payment."""
        marked = self.filter(unconfirmed_at__isnull=False, payment=None)
        return marked.exclude(_has(Postback.objects.all()))

    def expire(self, now: datetime) -> int:
        """Closes the hosted pages of old checkouts and marks those without a postback unconfirmed.

        Returns how many were marked.
        """
        old = self.filter(created_at__lt=now - Checkout.UNCONFIRMED_AFTER)
        old.exclude(hosted_url="").update(hosted_url="", is_current=False)
        opened = old.filter(unconfirmed_at=None).exclude(launched_at=None)
        silent = opened.exclude(_has(Postback.objects.all()))
        return silent.update(unconfirmed_at=timezone.now())


class Checkout(models.Model):
    """One launch of Cloud Payments V2, written before Invoice Cloud is called.

    Its status is derived from facts, never stored. Facts change only through the methods below.
    Each is one conditional update, so it is safe whatever another process does at the same time.
    """

    REUSABLE_FOR = timedelta(minutes=10)  # the same hosted page is offered again
    LAUNCH_TIMEOUT = timedelta(
        seconds=30
    )  # longer than any launch: without an outcome, it has failed
    RECENT = timedelta(minutes=15)  # the customer is warned before starting another
    UNCONFIRMED_AFTER = timedelta(minutes=60)

    class Kind(models.TextChoices):
        GUEST = "guest", _("guest payment")
        QUICK = "quick", _("quick payment")

    class Failure(models.TextChoices):
        UNAVAILABLE = "unavailable", _("Invoice Cloud was not available")
        REFUSED = "refused", _("Invoice Cloud refused the request")
        ERROR = "error", _("wrong settings or unreadable response")

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="checkouts", verbose_name=_("biller")
    )
    account = models.ForeignKey(
        UtilityAccount, models.PROTECT, related_name="checkouts", verbose_name=_("account")
    )
    member = models.ForeignKey(
        Member,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="checkouts",
        verbose_name=_("member"),
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    # Who started it: a member, or a guest's browser. Each has one current checkout per account,
    # which is offered again until it has a result (`retire`).
    visitor = models.CharField(max_length=64)
    is_current = models.BooleanField(_("current"), default=True)

    # The unguessable part of the customer's addresses (/pay/<address>/).
    address = models.CharField(max_length=64, unique=True)
    biller_reference = models.CharField(
        _("biller reference"), max_length=40, unique=True, default=new_biller_reference
    )
    # SHA-256 of the tokens in PostBackURL and ReturnURL (`accounts.tokens`).
    postback_digest = models.CharField(max_length=64, unique=True)
    return_digest = models.CharField(max_length=64, unique=True)
    hosted_url = EncryptedTextField(blank=True)

    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)
    launched_at = models.DateTimeField(_("payment page opened"), null=True, blank=True)
    failed_at = models.DateTimeField(_("could not be opened"), null=True, blank=True)
    failure = models.CharField(
        _("reason for failure"), max_length=11, choices=Failure.choices, blank=True
    )
    # Invoice Cloud's message, for staff.
    failure_note = models.CharField(_("message from Invoice Cloud"), max_length=200, blank=True)
    returned_at = models.DateTimeField(_("customer came back"), null=True, blank=True)
    unconfirmed_at = models.DateTimeField(_("marked unconfirmed"), null=True, blank=True)

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        permissions = [("export_checkout", "Can export checkouts")]
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["visitor", "account"],
                condition=Q(is_current=True),
                name="one_current_checkout",
            ),
        ]
        indexes = [
            models.Index(fields=["biller", "created_at"], name="checkouts_of_biller"),
            models.Index(
                fields=["created_at"],
                condition=Q(unconfirmed_at__isnull=False),
                name="checkouts_unconfirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.biller_reference

    @property
    def is_guest(self) -> bool:
        return self.kind == self.Kind.GUEST

    def age(self, *, at: datetime | None = None) -> timedelta:
        return (at or timezone.now()) - self.created_at

    def has_timed_out(self, *, at: datetime | None = None) -> bool:
        """Whether the launch was interrupted: its outcome was never recorded."""
        return self.launched_at is None and self.age(at=at) > self.LAUNCH_TIMEOUT

    def is_reusable(self) -> bool:
        return self.is_current and self.age() < self.REUSABLE_FOR and not self.has_timed_out()

    # Transitions. What postbacks and staff decisions add is in `models.postback` and
    # `postbacks.recording`.

    def mark_opened(self, hosted_url: str) -> bool:
        """Invoice Cloud provided its hosted page. Returns whether the checkout was still launching;
        a payment already recorded keeps the page closed."""
        launching = Q(launched_at=None, failed_at=None, payment=None)
        return self._change(launching, hosted_url=hosted_url, launched_at=timezone.now())

    def mark_failed(self, failure: Failure, note: str = "") -> bool:
        """Invoice Cloud provided no page. Returns whether the checkout was still launching."""
        return self._change(
            Q(launched_at=None, failed_at=None),
            failed_at=timezone.now(),
            failure=failure,
            failure_note=note[:200],
            is_current=False,
        )

    def mark_returned(self) -> bool:
        """The customer's browser came back. Returns whether it was the first time."""
        return self._change(Q(returned_at=None), returned_at=timezone.now(), is_current=False)

    def retire(self) -> bool:
        """The next request launches a new checkout. The hosted page stays; postbacks count."""
        return self._change(Q(is_current=True), is_current=False)

    def close(self) -> bool:
        """Paid: the hosted page is no longer needed."""
        return self._change(Q(), is_current=False, hosted_url="")

    def _change(self, condition: Q, **facts: Any) -> bool:
        """Saves the facts if the condition holds in the database. Returns whether it did."""
        if not Checkout.objects.filter(condition, pk=self.pk).update(**facts):
            return False
        for name, value in facts.items():
            setattr(self, name, value)
        return True

    # Status.

    @property
    def status(self) -> Status:
        return self.status_at(None)

    def status_at(self, moment: datetime | None) -> Status:
        """Returns the status at a past moment, or now for None.

        Invoice Cloud's postbacks outweigh what the customer's browser did.
        """
        payment = self.recorded_payment
        if payment and _happened(payment.created_at, moment):
            return Status.PAID
        verdicts = self._verdicts(moment)
        if verdicts & {Verdict.REVIEW, Verdict.RECEIVED}:
            return Status.CHECKING  # money may have been taken: the customer must not pay again
        if Verdict.DECLINED in verdicts:
            return Status.DECLINED
        if Decision.REJECTED in verdicts:
            return Status.REJECTED
        return self._status_without_postbacks(moment)

    @property
    def recorded_payment(self) -> "Payment | None":
        return getattr(self, "payment", None)

    def _verdicts(self, moment: datetime | None) -> set[str]:
        """Returns the verdicts of its postbacks; a final staff decision replaces "review"."""
        postbacks = [one for one in self.postbacks.all() if _happened(one.received_at, moment)]
        prefetch([one for one in postbacks if one.verdict == Verdict.REVIEW], "decisions")
        return {one.verdict_at(moment) for one in postbacks}

    def _status_without_postbacks(self, moment: datetime | None) -> Status:
        if _happened(self.failed_at, moment) or self.has_timed_out(at=moment):
            return Status.FAILED
        if self.age(at=moment) > self.UNCONFIRMED_AFTER:
            return Status.UNCONFIRMED
        if _happened(self.returned_at, moment):
            return Status.WAITING
        return Status.OPEN if _happened(self.launched_at, moment) else Status.OPENING


def _has(postbacks: models.QuerySet[Postback]) -> Exists:
    return Exists(postbacks.filter(checkout=OuterRef("pk")))


def _happened(at: datetime | None, moment: datetime | None) -> bool:
    """Compares times only for a past moment: the clocks of two machines differ."""
    return at is not None and (moment is None or at <= moment)
