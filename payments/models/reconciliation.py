"""A reconciliation: Invoice Cloud's list of payments compared line by line with the portal's."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.account_numbers import AccountKeyField
from backoffice.audit.registry import Audited
from backoffice.tables.columns import still_fit
from backoffice.tables.table import Table
from icsso.billers.models import Biller
from payments.models.append_only import AppendOnly, AppendOnlyQuerySet


class ClaimLost(Exception):
    """Another worker has claimed the list since: stop and leave it to that worker."""


class Reconciliation(Audited, models.Model):
    """A list that a staff user uploaded for one biller and some days."""

    CLAIM_TIMEOUT = timedelta(minutes=10)  # longer than a batch: no sign of life means gone

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="reconciliations", verbose_name=_("biller")
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    file_name = models.CharField(_("file"), max_length=100)
    digest = models.CharField(max_length=64)  # SHA-256 of the file
    # The file's column names, and the column of each field: {field: name}.
    header: Any = models.JSONField(_("columns of the file"))
    columns: Any = models.JSONField(_("columns used"), default=dict)
    # Day zero for dates stored as numbers; workbooks made on a Mac may use another one.
    epoch = models.DateField(default=Table.epoch, editable=False)
    uploaded_by = models.ForeignKey(
        "accounts.StaffUser", models.PROTECT, verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    began_at = models.DateTimeField(_("matching started"), null=True, blank=True)
    matched_at = models.DateTimeField(_("matched"), null=True, blank=True)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-uploaded_at"]
        default_permissions = ()
        permissions = [("reconcile", _("Can reconcile payments"))]
        constraints = [
            models.UniqueConstraint(
                fields=["biller", "digest", "first_day", "last_day"], name="list_imported_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.biller}, {self.days}"

    @property
    def days(self) -> str:
        return f"{date_format(self.first_day)} – {date_format(self.last_day)}"

    @property
    def state(self) -> Promise:
        if not self.columns:
            return _("columns not chosen yet")
        if self.matched_at:
            return _("matched")
        return _("being matched") if self.is_under_way else _("waiting to be matched")

    @property
    def begin(self) -> datetime:
        """Returns the first moment of the days, which are the biller's."""
        return self._midnight(self.first_day)

    @property
    def end(self) -> datetime:
        return self._midnight(self.last_day + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.biller.zone)

    @property
    def is_under_way(self) -> bool:
        if self.matched_at or not self.began_at:
            return False
        return timezone.now() - self.began_at < self.CLAIM_TIMEOUT

    def claim(self) -> bool:
        """Claims the list for matching: one worker at a time, none once a line has a resolution.

        Returns whether this call got the claim.
        """
        now = timezone.now()
        free = Q(began_at=None) | Q(began_at__lt=now - self.CLAIM_TIMEOUT) | ~Q(matched_at=None)
        resolutions = Resolution.objects.filter(line__reconciliation=OuterRef("pk"))
        claimable = Reconciliation.objects.filter(free, ~Exists(resolutions), pk=self.pk)
        if not claimable.update(began_at=now, matched_at=None):
            return False
        self.began_at = now
        return True

    def renew(self) -> None:
        """Extends the claim. Raises ClaimLost."""
        now = timezone.now()
        if not self._claimed().update(began_at=now):
            raise ClaimLost
        self.began_at = now

    def _claimed(self) -> "models.QuerySet[Reconciliation]":
        """Returns the list, unless another worker has claimed it since."""
        return Reconciliation.objects.filter(pk=self.pk, began_at=self.began_at, matched_at=None)

    def has_resolutions(self) -> bool:
        """Whether any line has a resolution or note: from then on, the lines never change."""
        return Resolution.objects.filter(line__reconciliation=self).exists()

    def set_columns(self, columns: dict[str, str]) -> None:
        self.columns = columns
        self.save(update_fields=["columns"])

    def columns_used_before(self) -> dict[str, str]:
        """Returns the columns of the biller's latest list if this list has them all; else none."""
        others = Reconciliation.objects.filter(biller=self.biller).exclude(columns={})
        last = others.exclude(pk=self.pk).order_by("-uploaded_at").first()
        return dict(last.columns) if last and still_fit(last.columns, self.header) else {}

    def finish(self) -> None:
        """Marks the list matched. Raises ClaimLost."""
        now = timezone.now()
        if not self._claimed().update(matched_at=now):
            raise ClaimLost
        self.matched_at = now


class LineQuerySet(models.QuerySet["ReconciliationLine"]):
    def unmatched(self) -> "LineQuerySet":
        """Returns those that no matching step has decided so far."""
        return self.filter(outcome=ReconciliationLine.Outcome.UNMATCHED)

    def with_resolved(self) -> "LineQuerySet":
        """Annotates `resolved`: whether the resolution in effect is more than a note."""
        standing = Resolution.objects.standing().filter(line=OuterRef("pk"))
        return self.annotate(resolved=Exists(standing.exclude(kind=Resolution.Kind.NOTE)))


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

    class Reason(models.TextChoices):
        COLUMNS = "columns", _("its number of columns differs from the first line")
        ACCOUNT = "account", _("no readable account number")
        GUID = "guid", _("no readable PaymentGUID")
        AMOUNT = "amount", _("the amount cannot be read, or is not positive; it may be a reversal")
        FEE = "fee", _("the fee cannot be read")
        DATE = "date", _("no readable date")
        REPEATED = "repeated", _("an earlier line has the same payment and invoice")
        TAKEN = "taken", _("its payment already matches other lines")
        OTHER_ACCOUNT = "other-account", _("the payment in this portal is for another account")
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

    payment = models.ForeignKey(
        "payments.Payment",
        models.PROTECT,
        null=True,
        related_name="reconciliation_lines",
        verbose_name=_("payment"),
    )
    # Ours, by the biller reference. If the payment is missing here, money came without a postback.
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
        if self.reason:
            return self.get_reason_display()
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
    and none can follow one that added the payment."""

    class Kind(models.TextChoices):
        NOTE = "note", _("still open")
        EXPLAINED = "explained", _("explained")
        REVERSED = "reversed", _("reversed at Invoice Cloud")
        ADDED = "added", _("added as a payment")

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
                fields=["line"], condition=Q(kind="added"), name="line_added_once"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="resolution_has_a_note"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.note}"
