"""The money trail: checkouts we launched, calls we got, payments they establish."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, UtilityAccount
from icsso.encryption import EncryptedTextField
from icsso.models import Biller
from payments.decisions import ReviewDecision  # a model of this app
from payments.reconciliation import models as reconciliation  # noqa: F401  (of this app)


class Checkout(models.Model):
    """One launch of Cloud Payments V2. Written before Invoice Cloud is called.

    Its status is worked out from its facts, never stored: see `payments.status`.
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
        User,
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
    # SHA-256 of the tokens in the addresses that Invoice Cloud gets (`payments.tokens`).
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


class Payment(models.Model):
    """Money that came in, and how we know. Never edited, but that one from a list may get the
    checkout that a later call names; what calls tell of comes to be in
    `payments.recording` alone, what lists tell of in `payments.reconciliation.settling`."""

    class Source(models.TextChoices):
        POSTBACK = "postback", _("a call of Invoice Cloud")
        DECISION = "decision", _("an operator's decision")
        RECONCILIATION = "reconciliation", _("Invoice Cloud's list of payments")

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="payments", verbose_name=_("biller")
    )
    # None when all we know of it is Invoice Cloud's list.
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
    # The card's brand as Invoice Cloud names it; empty when it named none.
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


class PaymentLine(models.Model):
    """One invoice of a payment, as one postback told it, or else Invoice Cloud's list."""

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
