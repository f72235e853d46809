"""The form of a biller's first postbacks: names and kinds of values, never the values."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PostbackSample(models.Model):
    """How one postback was sent. It shows what an operator must adapt, and identifies nobody."""

    biller = models.ForeignKey(
        "icsso.Biller", models.CASCADE, related_name="postback_samples", verbose_name=_("biller")
    )
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    method = models.CharField(_("method"), max_length=10)
    content_type = models.CharField(_("content type"), max_length=100, blank=True)
    # [{"name": …, "place": "query" or "body", "kind": …}] in the order received.
    fields: Any = models.JSONField(_("fields"))
    # Whether the portal can tell approved from declined; None if the field was missing.
    approval_is_known = models.BooleanField(_("approval is readable"), null=True)
    # Minutes between PaymentDate, read as UTC, and the postback: the UTC offset of its time zone,
    # if the payment was just made. None if it has no time, or its own zone.
    clock_offset = models.SmallIntegerField(_("minutes ahead of UTC"), null=True)

    class Meta:
        verbose_name = _("postback sample")
        verbose_name_plural = _("postback samples")
        default_permissions = ()
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.received_at):%Y-%m-%d %H:%M}"
