"""The lines of Invoice Cloud's list, the outcome of each, and what staff users decided."""

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.account_numbers import AccountKeyField
from backoffice.audit.registry import Audited
from payments.models.append_only import AppendOnly, AppendOnlyQuerySet
from payments.models.reconciliation import Reconciliation
from payments.models.reversal_kind import ReversalKind


class LineQuerySet(models.QuerySet["ReconciliationLine"]):
    def unmatched(self) -> "LineQuerySet":
        """Returns those that no matching step has decided so far."""
        return self.filter(outcome=ReconciliationLine.Outcome.UNMATCHED)

    def reopen(self, reversal: Any) -> None:
        """Makes lines uncertain again whose reversal is taken back."""
        Outcome, Reason = ReconciliationLine.Outcome, ReconciliationLine.Reason
        known = self.filter(known_as=reversal, outcome=Outcome.REVERSED)
        known.update(outcome=Outcome.AMBIGUOUS, reason=Reason.EVENT)

    def with_resolved(self) -> "LineQuerySet":
        """Annotates `resolved`: whether the resolution in effect is more than a note."""
        return self.annotate(resolved=_resolving())

    def resolved(self) -> "LineQuerySet":
        """Returns those whose current resolution is more than a note."""
        return self.filter(_resolving())


def _resolving() -> Exists:
    standing = Resolution.objects.standing().filter(line=OuterRef("pk"))
    return Exists(standing.exclude(kind=Resolution.Kind.NOTE))


class ReconciliationLine(models.Model):
    """A line of the list, as received and as read, or a portal payment missing from the list."""

    class Outcome(models.TextChoices):
        UNMATCHED = "unmatched", _("not matched yet")
        MATCHED = "matched", _("matched")
        MISSING_HERE = "missing-here", _("missing here")
        MISSING_THERE = "missing-there", _("missing at Invoice Cloud")
        DIFFERENT = "different", _("different amount")
        AMBIGUOUS = "ambiguous", _("uncertain")
        UNREADABLE = "unreadable", _("cannot be read")
        RETURNED = "returned", _("returned, void, or pending")
        REVERSED = "reversed", _("recorded as a reversal")
        NO_PAYMENT = "no-payment", _("no payment")

    class Reason(models.TextChoices):
        COLUMNS = "columns", _("its number of columns differs from the first line")
        ACCOUNT = "account", _("no readable account number")
        GUID = "guid", _("no readable PaymentGUID")
        AMOUNT = "amount", _("the amount cannot be read, or is zero")
        FEE = "fee", _("the fee cannot be read")
        DATE = "date", _("no readable date")
        REPEATED = "repeated", _("an earlier line has the same payment and invoice")
        TAKEN = "taken", _("its payment already matches other lines")
        OTHER_ACCOUNT = "other-account", _("the payment in this portal is for another account")
        ROUNDED = "rounded", _("a spreadsheet program rounded the account number")
        DECIMAL = "decimal", _("a program changed the account number into a decimal number")
        ACCOUNTS = "accounts", _("the lines of this payment are for different accounts")
        STATUS = "status", _("it is not known whether its status means that it was paid")
        NEGATIVE = "negative", _("the amount is negative: money was returned")
        REPORT = "report", _("it stands in a list of only returns or chargebacks")
        PAYMENT = "payment", _("it looks like the payment itself, but the list is one of returns")
        RETURN = "return", _("it says that the money was returned, such as a refund or chargeback")
        UNPAID = "unpaid", _("it says that the payment was declined, is void, or is pending")
        TOTALS = "totals", _("it is a line of totals")
        HEADING = "heading", _("it repeats the column names")
        ALREADY = "already", _("it was already recorded")
        EVENT = "event", _("it may be the same as a reversal that is already recorded")
        TOO_MUCH = "too-much", _("it takes back more than is left of the payment")
        NET = "net", _("the payment was reversed here, but the list doesn't say so")
        DECLINED = "declined", _("a postback with this PaymentGUID said that it was declined")
        SEVERAL = "several", _("payments and lines with this account and amount differ in number")

    class FoundBy(models.TextChoices):
        GUID = "guid", _("PaymentGUID")
        REFERENCE = "reference", _("biller reference")
        DAY = "day", _("account, amount, and day")
        AMOUNT = "amount", _("account and amount, on a different day")

    reconciliation = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="lines", verbose_name=_("reconciliation")
    )
    # As in the file, where line 1 has the column names. None: the payment is not in the list.
    number = models.PositiveIntegerField(_("line"), null=True)
    cells: Any = models.JSONField(_("as received"), default=list)
    outcome = models.CharField(
        _("outcome"), max_length=13, choices=Outcome.choices, default=Outcome.UNMATCHED
    )
    reason = models.CharField(_("reason"), max_length=13, choices=Reason.choices, blank=True)
    found_by = models.CharField(_("matched by"), max_length=9, choices=FoundBy.choices, blank=True)

    payment_guid = models.UUIDField(_("PaymentGUID"), null=True)
    reference = models.CharField(_("biller reference"), max_length=60, blank=True)
    account_number = models.CharField(_("account number"), max_length=50, blank=True)
    number_key = AccountKeyField()
    invoice_number = models.CharField(_("invoice"), max_length=60, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, null=True)
    # None: not in the list.
    fee = models.DecimalField(_("fee"), max_digits=12, decimal_places=2, null=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    method = models.CharField(_("method"), max_length=60, blank=True)
    # What the line certainly says became of its payment, if it says that money went back.
    kind = models.CharField(
        _("what happened"), max_length=10, choices=ReversalKind.choices, blank=True
    )
    # Whether its status explicitly says that it was approved.
    says_approved = models.BooleanField(default=False)

    payment = models.ForeignKey(
        "payments.Payment",
        models.PROTECT,
        null=True,
        related_name="reconciliation_lines",
        verbose_name=_("payment"),
    )
    # The reversal recorded from another source that this line reports.
    known_as = models.ForeignKey(
        "payments.Reversal",
        models.PROTECT,
        null=True,
        related_name="known_lines",
        verbose_name=_("recorded as"),
    )
    # Our checkout, by the biller reference. If the payment is missing here, money came without a
    # postback.
    checkout = models.ForeignKey(
        "payments.Checkout",
        models.PROTECT,
        null=True,
        related_name="reconciliation_lines",
        verbose_name=_("checkout"),
    )

    objects = LineQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation line")
        verbose_name_plural = _("reconciliation lines")
        ordering = ["number", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["reconciliation", "number"], name="line_imported_once"),
            models.UniqueConstraint(
                fields=["reconciliation", "payment"],
                condition=Q(number=None),
                name="payment_missing_once",
            ),
        ]
        indexes = [
            models.Index(fields=["reconciliation", "outcome", "number"], name="lines_by_outcome"),
            models.Index(fields=["reconciliation", "payment_guid"], name="lines_by_guid"),
            models.Index(fields=["reconciliation", "payment"], name="lines_by_payment"),
            models.Index(fields=["reconciliation", "number_key"], name="lines_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.reconciliation}, {self.number or '–'}"

    @property
    def remark(self) -> str | Promise:
        """Returns the explanation of the outcome."""
        if self.outcome == self.Outcome.RETURNED and not self.payment_id:
            words = {"reason": self.get_reason_display()}
            return _("%(reason)s; its payment is not known here") % words
        if self.reason:
            return self.get_reason_display()
        if self.outcome == self.Outcome.REVERSED:
            return self.get_kind_display()
        if self.outcome == self.Outcome.MATCHED:
            return _("matched by %(found_by)s") % {"found_by": self.get_found_by_display()}
        if self.outcome == self.Outcome.MISSING_HERE and self.checkout_id:
            return _("from a payment page on this portal")
        return ""


class ResolutionQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "ResolutionQuerySet":
        """Returns the latest one of each line."""
        later = Resolution.objects.filter(line=OuterRef("line"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later))


class Resolution(Audited, AppendOnly):
    """A staff user's decision about a line. Never edited or deleted: the latest one is in effect,
    and none can follow one that recorded a payment or a reversal."""

    class Kind(models.TextChoices):
        NOTE = "note", _("still open")
        EXPLAINED = "explained", _("explained")
        REVERSED = "reversed", _("reversed at Invoice Cloud")
        ADDED = "added", _("added as a payment")
        RECORDED = "recorded", _("recorded as a reversal")

    # Something was recorded with it, so that no other resolution can follow.
    LAST = (Kind.ADDED, Kind.RECORDED)

    path_to_biller = "line.reconciliation.biller_id"

    line = models.ForeignKey(
        ReconciliationLine, models.PROTECT, related_name="resolutions", verbose_name=_("line")
    )
    kind = models.CharField(_("decision"), max_length=9, choices=Kind.choices)
    note = models.CharField(_("note"), max_length=500)
    by = models.ForeignKey("accounts.StaffUser", models.PROTECT, verbose_name=_("decided by"))
    at = models.DateTimeField(_("decided"), default=timezone.now)

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(kind__in=["added", "recorded"]), name="line_added_once"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="resolution_has_a_note"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.note}"
