"""What can become of a payment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReversalKind(models.TextChoices):
    RETURNED = "returned", _("returned by the bank")
    REFUNDED = "refunded", _("refunded")
    VOIDED = "voided", _("voided")
    CHARGEBACK = "chargeback", _("charged back")
    # What a staff user added or accepted was no payment after all.
    WITHDRAWN = "withdrawn", _("withdrawn by staff")
    # An earlier reversal didn't last, such as a dispute that the utility won.
    REINSTATED = "reinstated", _("reinstated")


# What a staff user, a postback, or Invoice Cloud's list can report.
REPORTED = (
    ReversalKind.RETURNED,
    ReversalKind.REFUNDED,
    ReversalKind.VOIDED,
    ReversalKind.CHARGEBACK,
)
