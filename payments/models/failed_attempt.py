"""Attempts to pay that failed because Invoice Cloud or the portal was not available (story 19)."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, UtilityAccount
from icsso.billers.models import Biller


class FailedAttempt(models.Model):
    """What somebody tried to pay, and what they owed as far as it was known at that moment.

    Another try within ten minutes is the same attempt. Created in `payments.late_fees.recording`.
    """

    APART = timedelta(minutes=10)

    class Kind(models.TextChoices):
        BILLING_PAGE = "billing_page", _("billing page not available")
        MAINTENANCE = "maintenance", _("closed for maintenance at Invoice Cloud")
        UNAVAILABLE = "unavailable", _("payment page: Invoice Cloud was not available")
        REFUSED = "refused", _("payment page: Invoice Cloud refused the request")
        ERROR = "error", _("payment page: wrong settings or unreadable response")
        INTERRUPTED = "interrupted", _("payment page: interrupted while it was opened")

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="failed_attempts", verbose_name=_("biller")
    )
    # None: the member has too many accounts to know which.
    account = models.ForeignKey(
        UtilityAccount,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="failed_attempts",
        verbose_name=_("account"),
    )
    member = models.ForeignKey(
        Member,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="failed_attempts",
        verbose_name=_("member"),
    )
    kind = models.CharField(_("what failed"), max_length=12, choices=Kind.choices)
    at = models.DateTimeField(_("tried"), default=timezone.now)
    # Ensures that of two simultaneous records only one is saved: the same kind, person, and ten
    # minutes.
    key = models.CharField(max_length=80, unique=True, editable=False)
    # As Invoice Cloud last reported it before the attempt, in dollars; None if that is not known.
    balance = models.DecimalField(
        _("balance then"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    due_date = models.DateField(_("due date then"), null=True, blank=True)
    known_at = models.DateTimeField(_("as of"), null=True, blank=True)

    class Meta:
        verbose_name = _("failed attempt to pay")
        verbose_name_plural = _("failed attempts to pay")
        ordering = ["-at", "-pk"]
        default_permissions = ()
        permissions = [
            ("view_failedattempt", "Can view failed attempts to pay"),
            ("export_failedattempt", "Can export failed attempts to pay"),
        ]
        indexes = [
            models.Index(fields=["biller", "at"], name="attempts_of_biller"),
            models.Index(fields=["account", "at"], name="attempts_of_account"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"
