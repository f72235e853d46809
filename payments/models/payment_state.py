"""The states of a payment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentState(models.TextChoices):
    """Derived from its lines and their reversals. Diagram: docs/state-machines.md."""

    RECEIVED = "received", _("received")
    PARTLY_REVERSED = "partly_reversed", _("partly reversed")
    # Nothing of its amount is left, though the fee may have been kept.
    REVERSED = "reversed", _("reversed")
