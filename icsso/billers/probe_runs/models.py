"""Runs of the probe that were started in the admin, with results that contain no value."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited

# No step takes longer: if a run reports nothing for this long, its process has ended.
SILENCE = timedelta(minutes=5)


class ProbeRunQuerySet(models.QuerySet["ProbeRun"]):
    def under_way(self) -> "ProbeRunQuerySet":
        return self.filter(finished_at=None, updated_at__gt=timezone.now() - SILENCE)


class ProbeRun(Audited, models.Model):
    """What was probed with (account, email, password) is never stored."""

    biller = models.ForeignKey(
        "icsso.Biller", models.CASCADE, related_name="probe_runs", verbose_name=_("biller")
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    started_by = models.CharField(_("started by"), max_length=254)
    with_password = models.BooleanField(_("with a password"), default=False)
    guest_page = models.BooleanField(_("opened a payment page"), default=False)
    write = models.BooleanField(_("wrote to the test account"), default=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)
    steps = models.PositiveSmallIntegerField(default=0)  # at most
    announcement = models.TextField(blank=True)  # what the current step does
    # One `StepResult.to_json()` for each step that is done.
    results: Any = models.JSONField(default=list)
    # The wire profile to use; None if nothing was learned.
    suggestion: Any = models.JSONField(null=True)
    failed = models.BooleanField(default=False)  # an error of the portal's own

    objects = ProbeRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("probe")
        verbose_name_plural = _("probes")
        default_permissions = ()
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.finished_at is None and not self.was_interrupted

    @property
    def was_interrupted(self) -> bool:
        """Whether its process ended before the run did."""
        return self.finished_at is None and self.updated_at <= timezone.now() - SILENCE

    def report(self, **news: Any) -> None:
        """Saves what is new while it runs."""
        for name, value in news.items():
            setattr(self, name, value)
        self.updated_at = timezone.now()
        self.save(update_fields=[*news, "updated_at"])
