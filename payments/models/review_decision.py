"""Staff decisions about postbacks for review: each decision is a record of its own."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from payments.models.append_only import AppendOnly, AppendOnlyQuerySet


class ReviewDecisionQuerySet(AppendOnlyQuerySet):
    def final(self) -> "ReviewDecisionQuerySet":
        """Returns current decisions that end the review of their postback."""
        return self.filter(decision__in=ReviewDecision.FINAL, superseded_by=None)


class ReviewDecision(Audited, AppendOnly):
    """One decision and its reason. Never edited or deleted: a later one supersedes it.

    The decisions about a postback form a chain, so of two simultaneous decisions only one can be
    the next.
    """

    path_to_biller = "postback.checkout.biller_id"

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("accepted as a payment")
        REJECTED = "rejected", _("rejected: no payment")
        REVERSED = "reversed", _("recorded as a reversal of the payment")
        OPEN = "open", _("still open")

    FINAL = (Decision.ACCEPTED, Decision.REJECTED, Decision.REVERSED)
    # Something was recorded with it, so that no other decision can follow.
    LAST = (Decision.ACCEPTED, Decision.REVERSED)

    postback = models.ForeignKey(
        "payments.Postback", models.PROTECT, related_name="decisions", verbose_name=_("postback")
    )
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("previous decision"),
    )
    by = models.ForeignKey(
        "accounts.StaffUser", models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    at = models.DateTimeField(_("decided"), default=timezone.now, db_index=True)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices)
    note = models.CharField(_("note"), max_length=1000)

    objects = ReviewDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("review decision")
        verbose_name_plural = _("review decisions")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["postback"], condition=Q(supersedes=None), name="one_first_decision"
            ),
            models.UniqueConstraint(
                fields=["postback"],
                condition=Q(decision__in=["accepted", "reversed"]),
                name="last_decided_once",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="decision_has_a_note"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {timezone.localtime(self.at):%Y-%m-%d %H:%M}"
