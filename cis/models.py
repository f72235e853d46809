"""The account files that were imported, by whom, and what each one changed."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.registry import Audited
from backoffice.retention import kept_since
from icsso.billers.models import Biller


class AccountImportQuerySet(models.QuerySet["AccountImport"]):
    def failing(self) -> "AccountImportQuerySet":
        """Returns the latest import of each biller if it failed or was interrupted: the accounts
        here are out of date."""
        now = timezone.now()
        later = AccountImport.objects.filter(
            biller=OuterRef("biller"), started_at__gt=OuterRef("started_at")
        )
        failed = ~Q(failure="") | Q(ended_at=None, started_at__lt=now - AccountImport.LONGEST)
        recent = self.filter(failed, started_at__gt=kept_since("import_rejects"))
        return recent.filter(~Exists(later))


class AccountImport(Audited, models.Model):
    """One import of one file.

    by: None if the command imported it. ended_at: None while it runs, or if it was interrupted;
    then importing the file again completes it.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        REJECTED = "rejected", _("finished with rejected rows")
        INTERRUPTED = "interrupted", _("interrupted")
        FAILED = "failed", _("failed")

    LONGEST = timedelta(hours=2)  # an import without an end after this time was interrupted

    biller = models.ForeignKey(
        Biller, models.CASCADE, related_name="account_imports", verbose_name=_("biller")
    )
    by = models.ForeignKey(
        "accounts.StaffUser", models.SET_NULL, null=True, verbose_name=_("imported by")
    )
    file_name = models.CharField(_("file"), max_length=200)
    is_full = models.BooleanField(_("closes missing accounts"), default=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    created = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(pgettext_lazy("accounts", "changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    closed = models.PositiveIntegerField(pgettext_lazy("accounts", "closed"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    warned = models.PositiveIntegerField(_("warnings"), default=0)
    # The file gives their accounts to other customers.
    asked_again = models.PositiveIntegerField(_("linked accounts to be proved again"), default=0)
    # Accounts that a push gave to other customers without confirming the names.
    doubtful_moves = models.PositiveIntegerField(default=0, editable=False)
    # {field: name of the column}; the next file of this biller is read the same way.
    columns: Any = models.JSONField(_("columns used"), default=dict, blank=True)
    warnings = models.TextField(_("what was changed or left out"), blank=True)
    failure = models.TextField(_("what went wrong"), blank=True)
    # CSV with reasons, for uploads only; the command writes its own file.
    rejects = models.TextField(blank=True, editable=False)

    objects = AccountImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("account import")
        verbose_name_plural = _("account imports")
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def state(self) -> "AccountImport.State":
        if self.failure:
            return self.State.FAILED
        if self.ended_at:
            return self.State.REJECTED if self.rejected else self.State.FINISHED
        is_late = timezone.now() - self.started_at > self.LONGEST
        return self.State.INTERRUPTED if is_late else self.State.RUNNING

    @property
    def rows(self) -> int:
        """Returns how many rows have been read so far."""
        return self.created + self.changed + self.unchanged + self.rejected

    def columns_used_before(self) -> dict[str, str]:
        """Returns the columns that were chosen for the biller's latest file."""
        others = AccountImport.objects.filter(biller=self.biller).exclude(columns={})
        last = others.exclude(pk=self.pk).order_by("-started_at").first()
        return dict(last.columns) if last else {}

    @classmethod
    def forget_rejects(cls) -> int:
        """Deletes rejected rows after a while: they are personal data, and will have been corrected
        by then.

        Returns the number of files whose rows were deleted.
        """
        long_ago = kept_since("import_rejects")
        return cls.objects.filter(started_at__lt=long_ago).exclude(rejects="").update(rejects="")
