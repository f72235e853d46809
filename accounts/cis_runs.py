"""Which file was taken over from the CIS, by whom, and what came of it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.models import Biller


class AccountImport(Audited, models.Model):
    """One file. Nobody did it when the command did. Without an end it is going on, or broke off,
    and a second run completes it."""

    LINES_KEPT = timedelta(days=30)

    biller = models.ForeignKey(
        Biller, models.CASCADE, related_name="account_imports", verbose_name=_("biller")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("by")
    )
    file_name = models.CharField(_("file"), max_length=200)
    is_full = models.BooleanField(_("closes what it lacks"), default=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    came = models.PositiveIntegerField(_("came"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    closed = models.PositiveIntegerField(_("closed"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    failure = models.TextField(_("what went wrong"), blank=True)
    # CSV with the reasons, of an upload; a command writes it to a file of its own.
    refused_lines = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("import of accounts")
        verbose_name_plural = _("imports of accounts")
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.file_name

    @classmethod
    def forget_refused_lines(cls) -> int:
        """They are people's data, and have been mended by then, or never will be. Gives of how
        many files."""
        long_ago = timezone.now() - cls.LINES_KEPT
        old = cls.objects.filter(started_at__lt=long_ago).exclude(refused_lines="")
        return old.update(refused_lines="")
