"""Calls of Invoice Cloud to PostBackURL, kept as they came."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.checkout import Checkout
from payments.models.review_decision import ReviewDecision


class Postback(models.Model):
    """One call from Invoice Cloud, kept as it came (card numbers masked) before it is read."""

    class Verdict(models.TextChoices):
        RECEIVED = "received", _("not read yet")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        REPEATED = "repeated", _("the same call again")
        REVIEW = "review", _("for review")

    class Reason(models.TextChoices):
        """Why it is for review; the last one is a remark on an approved call."""

        TWO_VALUES = "two-values", _("one field has two values")
        APPROVED = "approved", _("Approved is neither True nor False")
        BILLER = "biller", _("another biller's GUID")
        REFERENCE = "reference", _("another checkout's biller reference")
        ACCOUNT = "account", _("another account number")
        GUID = "guid", _("no readable PaymentGUID")
        AMOUNT = "amount", _("the amount cannot be read, or is not positive")
        FEE = "fee", _("the fee cannot be read, or is negative")
        KNOWN = "known", _("this PaymentGUID came before with other content")
        SECOND = "second", _("a second payment of the same checkout")
        CONTRADICTS = "contradicts", _("declined after it was approved")
        DATE = "date", _("no readable date: counted from when the call came")

    checkout = models.ForeignKey(
        Checkout, models.PROTECT, related_name="postbacks", verbose_name=_("checkout")
    )
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    # {name: [values]} as they came, those of the query string first.
    fields: Any = models.JSONField(_("fields"))
    # SHA-256 of what they say, whatever their order and place: equal for the same call again.
    content_digest = models.CharField(max_length=64)
    # As the call names it, believed or not; None where it is missing or cannot be read.
    payment_guid = models.UUIDField(_("PaymentGUID"), null=True, blank=True)
    verdict = models.CharField(
        _("verdict"), max_length=8, choices=Verdict.choices, default=Verdict.RECEIVED
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices, blank=True)

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
            # With the checkouts, so that calls repeated without end are counted in the index alone.
            models.Index(fields=["payment_guid", "checkout"], name="postbacks_by_guid"),
        ]
        permissions = [
            ("review_postback", _("Can decide what is for review")),
            ("export_postback", "Can export postbacks"),
        ]

    def __str__(self) -> str:
        return f"{self.received_at:%Y-%m-%d %H:%M:%S}"

    @property
    def decision(self) -> ReviewDecision | None:
        """The last one about it: the one that stands."""
        decisions: list[ReviewDecision] = list(self.decisions.all())
        return decisions[-1] if decisions else None
