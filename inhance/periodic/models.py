"""When each periodic command is due, and which machine is running it."""

from django.db import models


class PeriodicRun(models.Model):
    """The latest run of one command: a row for each, also while it is not running.

    All times are the database's, so that machines whose clocks differ agree.
    """

    class Outcome(models.TextChoices):
        NONE = "", "not known"  # not run yet, running, or its machine was lost
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"
        HUNG = "hung", "ended because it took too long"

    command = models.CharField(max_length=40, primary_key=True)
    planned_at = models.DateTimeField()
    due_at = models.DateTimeField()
    holder = models.CharField(max_length=120, blank=True)
    held_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.command
