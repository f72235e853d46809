"""A reconciliation: Invoice Cloud's list of payments compared line by line with the portal's."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffUser
from backoffice.audit.registry import Audited
from backoffice.tables.table import Table
from icsso.billers.models import Biller

MOST_OTHERS = 50  # lists


class ClaimLost(Exception):
    """Another worker has claimed the list since: stop and leave it to that worker."""


class ReconciliationQuerySet(models.QuerySet["Reconciliation"]):
    def in_force(self) -> "ReconciliationQuerySet":
        """Returns lists that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class Reconciliation(Audited, models.Model):
    """A list that a staff user uploaded for one biller and some days.

    A withdrawn list counts nowhere, and the same file can be uploaded again.
    """

    class Report(models.TextChoices):
        PAYMENTS = "payments", _("payments, and lines that say what became of a payment")
        RETURNS = "returns", _("only refunds and returns")
        CHARGEBACKS = "chargebacks", _("only chargebacks")

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
    header_number = models.PositiveIntegerField(_("row with the column names"), default=1)
    # The first rows of the file, [number, cells], so that another one can be the header.
    top: Any = models.JSONField(default=list, editable=False)
    # Whether the file omits empty cells at the end of a row.
    is_ragged = models.BooleanField(default=False, editable=False)
    columns: Any = models.JSONField(_("columns used"), default=dict)
    report = models.CharField(
        _("what it contains"), max_length=11, choices=Report.choices, default=Report.PAYMENTS
    )
    # Who confirmed the returns that are based only on what the list contains.
    confirmed_by = models.ForeignKey(
        "accounts.StaffUser",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reversals confirmed by"),
    )
    # Day zero for dates stored as numbers; workbooks made on a Mac may use another one.
    epoch = models.DateField(default=Table.epoch, editable=False)
    uploaded_by = models.ForeignKey(
        "accounts.StaffUser", models.PROTECT, verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    began_at = models.DateTimeField(_("matching started"), null=True, blank=True)
    matched_at = models.DateTimeField(_("matched"), null=True, blank=True)
    # When its cells were deleted (inhance/retention): it can't be read in another way anymore.
    emptied_at = models.DateTimeField(_("cells deleted"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.StaffUser",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )

    objects = ReconciliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-uploaded_at"]
        default_permissions = ()
        permissions = [("reconcile", _("Can reconcile payments"))]
        constraints = [
            models.UniqueConstraint(
                fields=["biller", "digest", "first_day", "last_day"],
                condition=Q(withdrawn_at=None),
                name="list_imported_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.biller}, {self.first_day} – {self.last_day}"

    @property
    def heading(self) -> str:
        return f"{self.biller}, {self.days}"

    @property
    def days(self) -> str:
        return f"{date_format(self.first_day)} – {date_format(self.last_day)}"

    @property
    def state(self) -> Promise:
        if self.withdrawn_at:
            return _("withdrawn")
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
        lists = Reconciliation.objects.in_force().exclude(lines__resolutions__isnull=False)
        claimable = lists.filter(free, pk=self.pk)
        with transaction.atomic():
            # The lock of `resolution`. Without it, PostgreSQL would wait in the update, and then
            # ask nothing again of other tables: a resolution written meanwhile would not count.
            Reconciliation.objects.select_for_update(no_key=True).get(pk=self.pk)
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
        """Returns the list, unless another worker has claimed it in the meantime."""
        lists = Reconciliation.objects.in_force()
        return lists.filter(pk=self.pk, began_at=self.began_at, matched_at=None)

    def has_resolutions(self) -> bool:
        """Whether any line has a resolution or note: from then on, the lines never change."""
        return bool(self.lines.filter(resolutions__isnull=False).exists())

    def has_reversals(self) -> bool:
        """Whether reversals were recorded from it: then it can no longer be read differently."""
        return bool(self.lines.filter(reversal__isnull=False).exists())

    def set_columns(
        self, columns: dict[str, str], *, confirmed_by: StaffUser | None = None
    ) -> None:
        """A confirmation holds for one matching only."""
        self.columns, self.confirmed_by = columns, confirmed_by
        self.save(update_fields=["columns", "report", "confirmed_by"])

    def columns_used_before(self) -> dict[str, str]:
        """Returns the columns of the biller's latest list with the same contents."""
        last = self.last_with_columns()
        return dict(last.columns) if last else {}

    def last_with_columns(self) -> "Reconciliation | None":
        """Returns the biller's latest other list with the same contents and known columns."""
        return self._others().filter(report=self.report).order_by("-uploaded_at").first()

    def last_with_names(self) -> "Reconciliation | None":
        """Returns the biller's latest other list with the same column names, whatever it is."""
        named = [each for each in self._others()[:MOST_OTHERS] if each.header == self.header]
        return named[0] if named else None

    def _others(self) -> "models.QuerySet[Reconciliation]":
        others = Reconciliation.objects.in_force().filter(biller=self.biller).exclude(columns={})
        return others.exclude(pk=self.pk)

    def finish(self) -> None:
        """Marks the list matched. Raises ClaimLost."""
        now = timezone.now()
        if not self._claimed().update(matched_at=now):
            raise ClaimLost
        self.matched_at = now
