"""When each periodic command is due, and which machine is running it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodicRun(models.Model):
    """The latest run of one command: a row for each, also while it is not running.

    All times are the database's, so that machines whose clocks differ agree.
    """

    class Outcome(models.TextChoices):
        NONE = "", _("not known")  # not run yet, running, or its machine was lost
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        HUNG = "hung", _("ended because it took too long")

    command = models.CharField(_("command"), max_length=40, primary_key=True)
    planned_at = models.DateTimeField(_("planned at"))
    due_at = models.DateTimeField(_("due at"))
    holder = models.CharField(_("running on"), max_length=120, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    succeeded_at = models.DateTimeField(_("succeeded at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)

    class Meta:
        verbose_name = _("periodic command")
        verbose_name_plural = _("periodic commands")
        default_permissions = ()

    def __str__(self) -> str:
        return self.command
