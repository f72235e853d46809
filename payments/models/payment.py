"""Payments and the invoices they paid."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from payments.models.checkout import Checkout
from payments.models.postback import Postback


class Payment(models.Model):
    """Money that was received, and how we know about it.

    Never edited, except that a payment from Invoice Cloud's list may get the checkout that a later
    postback names. Created only in `payments.postbacks.recording` and
    `payments.reconciliation.resolution`.
    """

    class Source(models.TextChoices):
        POSTBACK = "postback", _("a postback")
        DECISION = "decision", _("a staff decision")
        RECONCILIATION = "reconciliation", _("Invoice Cloud's list of payments")

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="payments", verbose_name=_("biller")
    )
    # None if the payment is known only from Invoice Cloud's list.
    checkout = models.OneToOneField(
        Checkout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payment",
        verbose_name=_("checkout"),
    )
    source = models.CharField(
        _("source"), max_length=14, choices=Source.choices, default=Source.POSTBACK
    )
    account = models.ForeignKey(
        UtilityAccount, models.PROTECT, related_name="payments", verbose_name=_("account")
    )
    payment_guid = models.UUIDField(_("PaymentGUID"))
    paid_at = models.DateTimeField(_("paid"))
    # The card's brand as Invoice Cloud names it; empty if it gave none.
    method = models.CharField(_("method"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        permissions = [
            ("export_payment", "Can export payments"),
            ("view_reports", "Can view reports"),
        ]
        ordering = ["-paid_at"]
        constraints = [
            models.UniqueConstraint(fields=["biller", "payment_guid"], name="one_payment_per_guid"),
            models.CheckConstraint(
                condition=Q(source="reconciliation") | Q(checkout__isnull=False),
                name="payment_has_a_checkout_or_a_list",
            ),
        ]
        indexes = [
            models.Index(fields=["paid_at"], name="payments_by_day"),
            models.Index(fields=["biller", "paid_at"], name="payments_of_biller"),
            models.Index(fields=["payment_guid"], name="payments_by_guid"),
        ]

    def __str__(self) -> str:
        return str(self.payment_guid)

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines.all()), Decimal("0.00"))

    @property
    def fee(self) -> Decimal:
        return sum((line.fee for line in self.lines.all()), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        return self.amount + self.fee


class PaymentLine(models.Model):
    """One invoice of a payment, from one postback or from Invoice Cloud's list."""

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="lines", verbose_name=_("payment")
    )
    postback = models.OneToOneField(
        Postback,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="line",
        verbose_name=_("postback"),
    )
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
