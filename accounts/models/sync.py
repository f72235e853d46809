"""What each synchronisation of a member's accounts did: kept for operators."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AccountSync(models.Model):
    """One run. Which accounts are refused and why stands on their links, and which are unknown
    to the CIS in `UnknownAccount`: here is how many, and what broke it off."""

    LIMIT = timedelta(seconds=60)  # for all calls of a run together
    KEPT = 10  # of each member

    member = models.ForeignKey(
        "accounts.Member", models.CASCADE, related_name="account_syncs", verbose_name=_("member")
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    linked = models.PositiveIntegerField(_("linked here"), default=0)
    registered = models.PositiveIntegerField(_("registered there"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    unknown = models.PositiveIntegerField(_("unknown to the CIS"), default=0)
    failure = models.CharField(_("what went wrong"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("account sync")
        verbose_name_plural = _("account syncs")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"

    def end(self) -> None:
        self.ended_at = timezone.now()
        self.save()
        runs = AccountSync.objects.filter(member_id=self.member_id)
        runs.filter(pk__in=list(runs.values_list("pk", flat=True)[self.KEPT :])).delete()
