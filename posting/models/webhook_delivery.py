"""One line that is sent to one endpoint, and what became of it."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from payments.models import PaymentLine, ReversalLine
from posting.keys import key_of
from posting.models.webhook_endpoint import EventType, WebhookEndpoint

LIFE = timedelta(days=3)


def in_three_days() -> datetime:
    return timezone.now() + LIFE


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def pending(self) -> "WebhookDeliveryQuerySet":
        return self.filter(state=WebhookDelivery.State.PENDING)

    def due(self, now: datetime) -> "WebhookDeliveryQuerySet":
        """Returns those that are due and not being sent."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        return self.pending().filter(free, next_attempt_at__lte=now)


class WebhookDelivery(Audited, models.Model):
    """The outbox: unique keys ensure exactly one row for each endpoint and line.

    claimed_until: until then, a sender is sending it; if the sender was killed, another may claim
    it afterward. expires_at: when it is given up. status: of the last response; None if there was
    none. answer: its first characters.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        GIVEN_UP = "given-up", _("given up")
        # A staff user has posted it in another way.
        SETTLED = "settled", _("settled by staff")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted by the receiver")
        REFUSED = "refused", _("refused by the receiver")
        GONE = "gone", _("gone (410): the endpoint was turned off")
        REDIRECTED = "redirected", _("redirected, which is not followed")
        BUSY = "busy", _("asked to try again later")
        SERVER_ERROR = "server-error", _("server error")
        TIMEOUT = "timeout", _("no answer in time")
        UNREACHABLE = "unreachable", _("no connection")
        NOT_PUBLIC = "not-public", _("not called: the address is not public")
        NOT_TRUSTED = "not-trusted", _("not called: the certificate is not trusted")

    path_to_biller = "endpoint.biller_id"

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="deliveries", verbose_name=_("endpoint")
    )
    event = models.CharField(_("event"), max_length=20, choices=EventType.choices)
    payment_line = models.ForeignKey(
        PaymentLine,
        models.PROTECT,
        null=True,
        related_name="webhook_deliveries",
        verbose_name=_("paid invoice"),
    )
    reversal_line = models.ForeignKey(
        ReversalLine,
        models.PROTECT,
        null=True,
        related_name="webhook_deliveries",
        verbose_name=_("reversed invoice"),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_index=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(_("given up after"), default=in_three_days)
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    outcome = models.CharField(
        _("result of the last attempt"), max_length=12, choices=Outcome.choices, blank=True
    )
    status = models.PositiveSmallIntegerField(_("status code"), null=True)
    answer = models.CharField(_("beginning of the answer"), max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("replay_webhookdelivery", "Can send webhook deliveries again")]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "payment_line"], name="webhook_once_per_payment_line"
            ),
            models.UniqueConstraint(
                fields=["endpoint", "reversal_line"], name="webhook_once_per_reversal_line"
            ),
            models.CheckConstraint(
                condition=(
                    Q(event="payment.received", payment_line__isnull=False, reversal_line=None)
                    | Q(event="payment.reversed", payment_line=None, reversal_line__isnull=False)
                    | Q(event="portal.test", payment_line=None, reversal_line=None)
                ),
                name="webhook_event_has_its_line",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(state="pending"),
                name="webhooks_pending",
            ),
            models.Index(
                fields=["endpoint"], condition=Q(state="given-up"), name="webhooks_given_up"
            ),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def key(self) -> str:
        """Returns the key of the line, or `T` and a number for a test."""
        if not (self.payment_line_id or self.reversal_line_id):
            return f"T{self.pk}"
        return key_of(self.payment_line_id, self.reversal_line_id)

    @property
    def recorded_at(self) -> datetime:
        """Returns when the portal knew of the line; of a test, when it was requested."""
        if self.payment_line:
            return self.payment_line.recorded_at
        return self.reversal_line.reversal.recorded_at if self.reversal_line else self.created_at

    @property
    def message_id(self) -> str:
        """Returns the `webhook-id`: the same for every attempt and every replay."""
        return f"msg_{self.key}"
