"""What an account owes, as Invoice Cloud last reported it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptBalance(models.Model):
    """Kept with each linked account, so that the database can sort, filter, and sum thousands with
    one index. Only `accounts.linked_accounts.kept` writes these fields.

    balance_cents: None if unknown; negative for a credit. due_on: of the amount owed, so it is
    empty without a debt. The three enrollments: None means unknown. balance_at: when it was
    requested, or cleared. asked_at: the last attempt, successful or not; None puts it first in the
    queue.
    """

    balance_cents = models.BigIntegerField(_("balance in cents"), null=True, editable=False)
    due_on = models.DateField(_("due"), null=True, editable=False)
    autopay = models.BooleanField(_("AutoPay"), null=True, editable=False)
    paperless = models.BooleanField(_("Paperless"), null=True, editable=False)
    pay_by_text = models.BooleanField(_("Pay by Text"), null=True, editable=False)
    balance_at = models.DateTimeField(_("balance as of"), null=True, editable=False)
    asked_at = models.DateTimeField(_("balance last requested"), null=True, editable=False)

    class Meta:
        abstract = True


KEPT_FIELDS = tuple(field.name for field in KeptBalance._meta.fields)
