"""One attempt to send a delivery: when, and with what result."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from posting.models.webhook_delivery import WebhookDelivery

OUTCOMES = WebhookDelivery.Outcome.choices


class WebhookAttempt(models.Model):
    """Written when the attempt begins, so that an attempt whose sender was killed is recorded as
    well, without an outcome. A delivery has about twenty in three days."""

    delivery = models.ForeignKey(
        WebhookDelivery, models.CASCADE, related_name="tries", verbose_name=_("webhook delivery")
    )
    number = models.PositiveIntegerField(_("attempt"))  # from 1
    at = models.DateTimeField(_("began"), default=timezone.now, db_index=True)
    outcome = models.CharField(_("result"), max_length=12, choices=OUTCOMES, blank=True)
    status = models.PositiveSmallIntegerField(_("status code"), null=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)
    answer = models.CharField(_("beginning of the answer"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="webhook_attempt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery} {self.number}"
