"""Postbacks, stored as received, and the state machine of their verdicts. Only this module writes
`verdict`. Diagram: docs/state-machines.md, "Postback verdict".
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from prometheus_client import Counter

from accounts.models import StaffUser, UtilityAccount
from payments.models.review_decision import ReviewDecision

CONCLUDED = Counter("portal_postbacks", "Postbacks concluded, by verdict", ["verdict"])


class PostbackQuerySet(models.QuerySet["Postback"]):
    def received(self) -> "PostbackQuerySet":
        """Returns those stored but not concluded yet."""
        return self.filter(verdict=Postback.Verdict.RECEIVED)

    def with_repeats(self) -> Any:
        """Annotates `is_repeat`: whether a postback with the same content was concluded before.

        An equal one that is not concluded does not count: if two were stored before either was
        concluded, both would be repeats and the payment would be lost. Nor does a lower key
        count: of two at once, the one with the lower key may be stored last.
        """
        concluded = Postback.objects.filter(checkout=OuterRef("checkout")).exclude(
            verdict=Postback.Verdict.RECEIVED
        )
        same = concluded.filter(content_digest=OuterRef("content_digest"))
        return self.annotate(is_repeat=Exists(same.exclude(pk=OuterRef("pk"))))

    def awaiting_decision(self) -> "PostbackQuerySet":
        """Returns those for review without a final staff decision."""
        return self.filter(~Exists(_final_decisions()), verdict=Postback.Verdict.REVIEW)

    def undecided(self) -> "PostbackQuerySet":
        """Returns those that may still become a payment: received, or awaiting a decision."""
        return self.filter(_is_undecided())

    def denying(self) -> "PostbackQuerySet":
        """Returns those according to which no money came: declined, or rejected by staff, and
        nothing was recorded for the checkout since. A later payment may have been for any of its
        accounts."""
        return self.filter(_denies())

    def telling(self) -> "PostbackQuerySet":
        """Returns those that say something about an unpaid account, or soon will."""
        return self.filter(_is_undecided() | _denies())


def _final_decisions() -> models.QuerySet[Any]:
    return ReviewDecision.objects.final().filter(postback=OuterRef("pk"))


def _is_undecided() -> Q:
    is_review = Q(~Exists(_final_decisions()), verdict=Postback.Verdict.REVIEW)
    return is_review | Q(verdict=Postback.Verdict.RECEIVED)


def _denies() -> Q:
    """The same rule in Python: `checkout_status.AccountVerdict`."""
    recorded = apps.get_model("payments", "PaymentLine").objects
    since_declined = recorded.filter(
        payment__checkout=OuterRef("checkout"), recorded_at__gte=OuterRef("received_at")
    )
    since_rejected = recorded.filter(
        payment__checkout=OuterRef("postback__checkout"), recorded_at__gte=OuterRef("at")
    )
    rejected = _final_decisions().filter(
        ~Exists(since_rejected), decision=ReviewDecision.Decision.REJECTED
    )
    is_declined = Q(~Exists(since_declined), verdict=Postback.Verdict.DECLINED)
    return is_declined | Q(Exists(rejected), verdict=Postback.Verdict.REVIEW)


class Postback(models.Model):
    """One call to PostBackURL, stored with card numbers masked before it is read."""

    class Verdict(models.TextChoices):
        RECEIVED = "received", _("not processed yet")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        REPEATED = "repeated", _("repeat of an earlier postback")
        REVIEW = "review", _("for review")

    class Reason(models.TextChoices):
        """Why it is for review; the last one is a remark on an approved postback."""

        TWO_VALUES = "two-values", _("a field has more than one value")
        APPROVED = "approved", _("Approved is neither True nor False")
        BILLER = "biller", _("another biller's GUID")
        REFERENCE = "reference", _("another checkout's biller reference")
        ACCOUNT = "account", _("another account number")
        UNNAMED = "unnamed", _("it doesn't say which of the accounts was paid")
        SUM = "sum", _("it names one account, but gives what all of the payment's accounts owed")
        GUID = "guid", _("no readable PaymentGUID")
        AMOUNT = "amount", _("the amount cannot be read, or is not positive")
        FEE = "fee", _("the fee cannot be read, or is negative")
        KNOWN = "known", _("this PaymentGUID arrived earlier with different content")
        SECOND = "second", _("a second payment for the same account and checkout")
        CONTRADICTS = "contradicts", _("declined after it was approved")
        BROKEN_OFF = "broken-off", _("it broke off: only a part of it arrived")
        CUT = "cut", _("it is too large or has no length: at most its beginning was kept")
        DATE = "date", _("no readable date; the time of the postback is used")

    OF_PARTS = (Reason.BROKEN_OFF, Reason.CUT)

    checkout = models.ForeignKey(
        "payments.Checkout",
        models.PROTECT,
        related_name="postbacks",
        verbose_name=_("checkout"),
    )
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    # {name: [values]} as received, the query string first.
    fields: Any = models.JSONField(_("fields"))
    # SHA-256 of the fields in any order and place: equal for the same postback again.
    content_digest = models.CharField(max_length=64)
    # As the postback gives it, believed or not; None if it is missing or cannot be read.
    payment_guid = models.UUIDField(_("PaymentGUID"), null=True, blank=True)
    # The account of its checkout that it is about; None if it names another one, or, where the
    # checkout has several, none or one with the sum of all.
    account = models.ForeignKey(
        UtilityAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
    )
    verdict = models.CharField(
        _("verdict"), max_length=8, choices=Verdict.choices, default=Verdict.RECEIVED
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices, blank=True)

    objects = PostbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("postback")
        verbose_name_plural = _("postbacks")
        ordering = ["received_at", "pk"]
        indexes = [
            models.Index(
                fields=["checkout"], condition=Q(verdict="received"), name="postbacks_not_read"
            ),
            models.Index(
                fields=["received_at"], condition=Q(verdict="review"), name="postbacks_for_review"
            ),
            # With the checkout, so that any number of repeats is counted in the index alone.
            models.Index(fields=["payment_guid", "checkout"], name="postbacks_by_guid"),
        ]
        permissions = [
            ("review_postback", _("Can decide postbacks for review")),
            ("export_postback", "Can export postbacks"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.received_at):%Y-%m-%d %H:%M:%S}"

    @property
    def is_part(self) -> bool:
        """Whether something of it is missing, so that it can never count."""
        return self.reason in self.OF_PARTS

    # Transitions from RECEIVED. Each happens once and returns whether this call made it.

    def approve(self, *, remark: str = "") -> bool:
        """It established a payment, or another invoice of one."""
        return self._conclude(self.Verdict.APPROVED, remark)

    def decline(self) -> bool:
        """No money was taken this time. The checkout stays open."""
        return self._conclude(self.Verdict.DECLINED)

    def mark_repeated(self) -> bool:
        """It contains nothing new."""
        return self._conclude(self.Verdict.REPEATED)

    def hold_for_review(self, reason: Reason) -> bool:
        """It cannot be believed as it is: staff must decide."""
        return self._conclude(self.Verdict.REVIEW, reason)

    def _conclude(self, verdict: Verdict, reason: str = "") -> bool:
        received = Postback.objects.received().filter(pk=self.pk)
        if not received.update(verdict=verdict, reason=reason):
            return False
        self.verdict, self.reason = verdict, reason
        transaction.on_commit(CONCLUDED.labels(verdict.value).inc, robust=True)
        return True

    # Transitions from REVIEW. A decision leaves the verdict as it is, and is added to it.

    def reopen(self, *, payment_guid: UUID | None, account: UtilityAccount | None) -> bool:
        """Marks it to be concluded again, unless a staff user has decided about it or it is a part,
        which never counts. Returns whether it was marked.

        payment_guid, account: as it reads now.
        """
        waiting = Postback.objects.awaiting_decision().filter(pk=self.pk)
        waiting = waiting.exclude(reason__in=self.OF_PARTS)
        facts: dict[str, Any] = {"verdict": self.Verdict.RECEIVED, "reason": ""}
        facts |= {"payment_guid": payment_guid, "account": account}
        if not waiting.update(**facts):
            return False
        for name, value in facts.items():
            setattr(self, name, value)
        return True

    def decide(
        self, decision: str, *, by: StaffUser, note: str, seen: int | None
    ) -> ReviewDecision:
        """Adds a staff decision, which supersedes the last one unless that accepted the postback
        or recorded a reversal.

        seen: the key of the decision in effect when the staff user opened the page, if any.
        Raises DecidedMeanwhile.
        """
        last = ReviewDecision.objects.filter(postback=self).last()
        is_last = last is not None and last.decision in ReviewDecision.LAST
        # Queried, because it may have been reopened since it was loaded.
        waits = Postback.objects.filter(pk=self.pk, verdict=self.Verdict.REVIEW).exists()
        if not waits or is_last or (last and last.pk) != seen:
            raise DecidedMeanwhile
        decided: ReviewDecision = ReviewDecision.objects.create(
            postback=self, supersedes=last, by=by, decision=decision, note=note
        )
        return decided

    @property
    def decision(self) -> ReviewDecision | None:
        """Returns the last staff decision, which is the one in effect."""
        decisions: list[ReviewDecision] = list(self.decisions.all())
        return decisions[-1] if decisions else None

    def concluded_at(self, moment: datetime | None) -> tuple[str, datetime]:
        """Returns the verdict, or the final staff decision about it, at a moment (None: now), and
        when that was said."""
        if self.verdict == self.Verdict.REVIEW:
            made = [each for each in self.decisions.all() if moment is None or each.at <= moment]
            if made and made[-1].decision in ReviewDecision.FINAL:
                return made[-1].decision, made[-1].at
        return self.verdict, self.received_at


class NotDecided(Exception):
    """Nothing was saved."""


class DecidedMeanwhile(NotDecided):
    """A decision was made after the page was opened, or one that none can follow."""


for concluded in set(Postback.Verdict) - {Postback.Verdict.RECEIVED}:
    CONCLUDED.labels(concluded.value)  # 0, and not unknown, before there is one
