"""What can become of a payment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReversalKind(models.TextChoices):
    RETURNED = "returned", _("returned by the bank")
    REFUNDED = "refunded", _("refunded")
    VOIDED = "voided", _("voided")
    CHARGEBACK = "chargeback", _("charged back")
    # A payment that a staff user added or accepted turned out not to be one.
    WITHDRAWN = "withdrawn", _("withdrawn by staff")
    # An earlier reversal was undone, for example because the utility won a dispute.
    REINSTATED = "reinstated", _("reinstated")


# What a staff user, a postback, or Invoice Cloud's list can report.
REPORTED = (
    ReversalKind.RETURNED,
    ReversalKind.REFUNDED,
    ReversalKind.VOIDED,
    ReversalKind.CHARGEBACK,
)
