"""One launch of Cloud Payments V2."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, UtilityAccount
from icsso.billers.encryption import EncryptedTextField
from icsso.billers.models import Biller


class Checkout(models.Model):
    """One launch of Cloud Payments V2. Written before Invoice Cloud is called.

    Its status is worked out from its facts, never stored: see `payments.checkout.status`.
    """

    FRESH = timedelta(minutes=10)  # how long the same hosted page is offered again
    # Longer than a launch may take: without an outcome by then it was broken off.
    PATIENCE = timedelta(seconds=30)
    UNDER_WAY = timedelta(minutes=15)  # how long another start is warned about
    UNCONFIRMED_AFTER = timedelta(minutes=60)

    class Kind(models.TextChoices):
        GUEST = "guest", _("guest payment")
        QUICK = "quick", _("quick payment")

    class Failure(models.TextChoices):
        AWAY = "away", _("Invoice Cloud was not available")
        REFUSED = "refused", _("Invoice Cloud refused")
        FAULT = "fault", _("set up wrongly, or not understood")

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
    # Who started it: a member, or a guest's browser. One current checkout each and account:
    # asked for again, it is given again, until it has come to something (`retire`).
    visitor = models.CharField(max_length=64)
    is_current = models.BooleanField(_("current"), default=True)

    # The unguessable part of the customer's addresses (/pay/<address>/).
    address = models.CharField(max_length=64, unique=True)
    biller_reference = models.CharField(_("biller reference"), max_length=40, unique=True)
    # SHA-256 of the tokens in the addresses that Invoice Cloud gets (`payments.checkout.tokens`).
    postback_digest = models.CharField(max_length=64, unique=True)
    return_digest = models.CharField(max_length=64, unique=True)
    hosted_url = EncryptedTextField(blank=True)

    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)
    launched_at = models.DateTimeField(_("payment page opened"), null=True, blank=True)
    failed_at = models.DateTimeField(_("could not be opened"), null=True, blank=True)
    failure = models.CharField(_("why"), max_length=7, choices=Failure.choices, blank=True)
    # Invoice Cloud's own words, for operators.
    failure_note = models.CharField(_("it said"), max_length=200, blank=True)
    returned_at = models.DateTimeField(_("customer came back"), null=True, blank=True)
    unconfirmed_at = models.DateTimeField(_("marked unconfirmed"), null=True, blank=True)

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

    def is_broken_off(self, *, at: datetime | None = None) -> bool:
        return self.launched_at is None and self.age(at=at) > self.PATIENCE

    def opened(self, hosted_url: str) -> None:
        self.hosted_url, self.launched_at = hosted_url, timezone.now()
        self.save(update_fields=["hosted_url", "launched_at"])

    def failed(self, failure: "Checkout.Failure", note: str = "") -> None:
        self.failed_at, self.failure, self.failure_note = timezone.now(), failure, note[:200]
        self.is_current = False
        self.save(update_fields=["failed_at", "failure", "failure_note", "is_current"])

    def retire(self) -> None:
        """Asked for again, another one is launched. Calls about this one still count."""
        self.is_current = False
        self.save(update_fields=["is_current"])

    def close(self) -> None:
        """Paid: nobody needs the hosted page any more."""
        self.is_current, self.hosted_url = False, ""
        self.save(update_fields=["is_current", "hosted_url"])
