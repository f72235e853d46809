"""How long calls to Invoice Cloud took and how they ended, counted by the hour."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# Milliseconds, the upper bounds of the histogram. No call may take longer than the last one.
BOUNDS = (25, 50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 12000)


class CallMeasure(models.Model):
    """How many calls of one operation had one outcome in one hour, within a range of durations.

    Holds no member, no account, and no content: only how many and how long.
    """

    biller = models.ForeignKey("icsso.Biller", models.CASCADE, related_name="call_measures")
    operation = models.CharField(_("operation"), max_length=40)
    hour = models.DateTimeField(_("hour"))
    outcome = models.CharField(_("outcome"), max_length=20)
    milliseconds = models.PositiveIntegerField(_("maximum milliseconds"))
    calls = models.PositiveIntegerField(_("calls"), default=0)

    class Meta:
        verbose_name = _("call metric")
        verbose_name_plural = _("call metrics")
        default_permissions = ()
        constraints = [
            # The hour first: reports query a range of hours, for one biller or all.
            models.UniqueConstraint(
                fields=["hour", "biller", "operation", "outcome", "milliseconds"],
                name="one_measure_of_each",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.hour:%Y-%m-%d %H:00}"
