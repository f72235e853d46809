"""What each sync of a member's accounts did. Kept for staff."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.legal_hold import LegalHold


class AccountSync(models.Model):
    """One run: how many accounts were synced, and the error that stopped it, if any. Which accounts
    were refused and why is stored in `LinkedAccount`; those not in the CIS are `UnknownAccount`."""

    LIMIT = timedelta(seconds=60)  # for all calls of a run together
    KEPT = 10  # of each member

    member = models.ForeignKey(
        "accounts.Member", models.CASCADE, related_name="account_syncs", verbose_name=_("member")
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    linked = models.PositiveIntegerField(_("accounts linked in the portal"), default=0)
    registered = models.PositiveIntegerField(_("accounts registered at Invoice Cloud"), default=0)
    refused = models.PositiveIntegerField(pgettext_lazy("accounts", "refused"), default=0)
    unknown = models.PositiveIntegerField(_("not in the CIS"), default=0)
    failure = models.CharField(_("what went wrong"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("account sync")
        verbose_name_plural = _("account syncs")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"

    def end(self) -> None:
        self.ended_at = timezone.now()
        self.save()
        runs = AccountSync.objects.filter(member_id=self.member_id)
        older = list(runs.values_list("pk", flat=True)[self.KEPT :])
        if older and not LegalHold.objects.holding(self.member).exists():
            runs.filter(pk__in=older).delete()
