"""Where a biller's billing system (CIS) receives payments, signed as Standard Webhooks."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.encryption import EncryptedTextField
from icsso.billers.models import Biller
from icsso.billers.validators import check_https, check_public


class EventType(models.TextChoices):
    RECEIVED = "payment.received", _("payment received")
    REVERSED = "payment.reversed", _("payment reversed")
    TEST = "portal.test", _("test")


def all_event_types() -> list[str]:
    return [EventType.RECEIVED.value, EventType.REVERSED.value]


class WebhookEndpoint(Audited, models.Model):
    """One address that receives a biller's payments and reversals.

    starts_at: lines recorded from then on are sent. While the endpoint is off, they wait and are
    not lost. swept_at: all lines recorded before then have their deliveries. failures,
    failing_since, rests_until: the failures since the last success, and until when nothing is sent.
    """

    # How long a replaced secret still signs, so that the receiver can be changed during that time.
    ROTATION = timedelta(hours=24)

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="webhook_endpoints", verbose_name=_("biller")
    )
    url = models.URLField(
        _("address"),
        max_length=500,
        help_text=_("The https:// address of your billing system that receives the events."),
    )
    description = models.CharField(_("description"), max_length=100, blank=True)
    event_types: Any = models.JSONField(_("events"), default=all_event_types)
    is_active = models.BooleanField(_("turned on"), default=True)
    secret = EncryptedTextField(editable=False)
    secret_set_at = models.DateTimeField(_("secret set"), default=timezone.now, editable=False)
    previous_secret = EncryptedTextField(blank=True, editable=False)
    previous_secret_ends_at = models.DateTimeField(
        _("previous secret valid until"), null=True, editable=False
    )
    starts_at = models.DateTimeField(
        _("sends what was recorded since"), default=timezone.now, editable=False
    )
    swept_at = models.DateTimeField(null=True, editable=False)
    # When a task that will send was queued, until it begins.
    queued_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    rests_until = models.DateTimeField(_("not tried until"), null=True, editable=False)
    # The receiver answered 410 Gone.
    gone_at = models.DateTimeField(_("turned off by the receiver"), null=True, editable=False)

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["biller", "url"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["biller", "url"], name="webhook_address_once"),
        ]

    def __str__(self) -> str:
        return self.description or self.url

    def clean(self) -> None:
        """Checks a new address only: a DNS failure must not block other changes."""
        known = WebhookEndpoint.objects.filter(pk=self.pk).values_list("url", flat=True).first()
        if self.url == known:
            return
        if "#" in self.url:
            raise ValidationError({"url": gettext("Enter an address without “#”.")})
        if "?" in self.url:
            said = gettext(
                "Enter an address without “?”: a password after it could be read in lists and "
                "logs. The signature already shows that an event is ours."
            )
            raise ValidationError({"url": said})
        try:
            check_https(self.url)
            check_public(self.url, public_only=settings.WEBHOOK_PUBLIC_ONLY)
        except ValidationError as fault:
            raise ValidationError({"url": fault}) from None

    def rests(self, now: datetime) -> bool:
        return self.rests_until is not None and self.rests_until > now

    def secrets_at(self, now: datetime) -> list[str]:
        """Returns the secrets that sign now, the newest first."""
        ends_at = self.previous_secret_ends_at
        is_rotating = self.previous_secret and ends_at is not None and ends_at > now
        return [self.secret, self.previous_secret] if is_rotating else [self.secret]
