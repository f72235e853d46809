"""The money trail: checkouts we launched, calls we got, payments they establish."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, UtilityAccount
from icsso.encryption import EncryptedTextField
from icsso.models import Biller


class Checkout(models.Model):
    """One launch of Cloud Payments V2. Written before Invoice Cloud is called.

    Its status is worked out from its facts, never stored: see `payments.status`.
    """

    FRESH = timedelta(minutes=10)  # how long the same hosted page is offered again
    UNDER_WAY = timedelta(minutes=15)  # how long another start is warned about
    UNCONFIRMED_AFTER = timedelta(minutes=60)

    class Kind(models.TextChoices):
        GUEST = "guest", _("guest payment")
        QUICK = "quick", _("quick payment")

    biller = models.ForeignKey(Biller, models.PROTECT, related_name="checkouts")
    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="checkouts")
    member = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="checkouts"
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    # Who started it: a member, or a guest's browser. One current checkout each and account.
    visitor = models.CharField(max_length=64)
    is_current = models.BooleanField(_("current"), default=True)

    # The unguessable part of the customer's addresses (/pay/<address>/).
    address = models.CharField(max_length=64, unique=True)
    biller_reference = models.CharField(_("biller reference"), max_length=40, unique=True)
    # SHA-256 of the tokens in the addresses that Invoice Cloud gets.
    postback_digest = models.CharField(max_length=64, unique=True)
    return_digest = models.CharField(max_length=64, unique=True)
    hosted_url = EncryptedTextField(blank=True)

    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)
    launched_at = models.DateTimeField(_("payment page opened"), null=True, blank=True)
    failed_at = models.DateTimeField(_("could not be opened"), null=True, blank=True)
    returned_at = models.DateTimeField(_("customer came back"), null=True, blank=True)
    unconfirmed_at = models.DateTimeField(_("marked unconfirmed"), null=True, blank=True)

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["visitor", "account"],
                condition=Q(is_current=True),
                name="one_current_checkout",
            ),
        ]

    def __str__(self) -> str:
        return self.biller_reference


class Payment(models.Model):
    """What postbacks have established. Never edited; comes to be in `postbacks.conclude` alone."""

    biller = models.ForeignKey(Biller, models.PROTECT, related_name="payments")
    checkout = models.ForeignKey(Checkout, models.PROTECT, related_name="payments")
    account = models.ForeignKey(UtilityAccount, models.PROTECT, related_name="payments")
    payment_guid = models.UUIDField(_("PaymentGUID"))
    paid_at = models.DateTimeField(_("paid"))
    method = models.CharField(_("method"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-paid_at"]
        constraints = [
            models.UniqueConstraint(fields=["biller", "payment_guid"], name="one_payment_per_guid"),
        ]

    def __str__(self) -> str:
        return str(self.payment_guid)


class Postback(models.Model):
    """One call from Invoice Cloud, kept as it came (card numbers masked) before it is read."""

    class Verdict(models.TextChoices):
        RECEIVED = "received", _("not read yet")
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        REPEATED = "repeated", _("the same call again")
        REVIEW = "review", _("for review")

    checkout = models.ForeignKey(Checkout, models.PROTECT, related_name="postbacks")
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    fields: Any = models.JSONField(_("fields"))  # {name: [values]}, query and body together
    content_digest = models.CharField(max_length=64)  # SHA-256 of the fields
    verdict = models.CharField(
        _("verdict"), max_length=8, choices=Verdict.choices, default=Verdict.RECEIVED
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("postback")
        verbose_name_plural = _("postbacks")
        ordering = ["received_at", "pk"]

    def __str__(self) -> str:
        return f"{self.received_at:%Y-%m-%d %H:%M:%S}"


class PaymentLine(models.Model):
    """One invoice of a payment, as one postback told it."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="lines")
    postback = models.OneToOneField(Postback, models.PROTECT, related_name="line")
    invoice_number = models.CharField(_("invoice"), max_length=60, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    fee = models.DecimalField(_("fee"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("paid invoice")
        verbose_name_plural = _("paid invoices")
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice_number"], name="invoice_paid_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_number} {self.amount}"
