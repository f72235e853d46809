"""Accounts imported from the CIS."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.models import Biller

PATTERN = "varchar_pattern_ops"  # PostgreSQL's; others do without


class UtilityAccount(Audited, models.Model):
    """An account in the biller's CIS. Imported, and never edited by customers."""

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="accounts", verbose_name=_("biller")
    )
    account_number = models.CharField(_("account number"), max_length=50)
    name = models.CharField(_("name"), max_length=150)
    address = models.CharField(_("service address"), max_length=150, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=20, blank=True)
    zip = models.CharField(_("ZIP code"), max_length=10, blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    # No longer in the CIS. It may still owe money, so customers can use it as before.
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    # Once Invoice Cloud has given it, we don't ask again.
    customer_guid = models.UUIDField(_("CustomerGUID"), null=True, blank=True)

    class Meta:
        verbose_name = _("utility account")
        verbose_name_plural = _("utility accounts")
        ordering = ["account_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["biller", "account_number"], name="one_account_per_number"
            ),
        ]
        # For prefix searches, whatever the database's collation.
        indexes = [
            models.Index(fields=["account_number"], opclasses=[PATTERN], name="accounts_by_number"),
            models.Index(fields=["name"], opclasses=[PATTERN], name="accounts_by_name"),
            models.Index(fields=["email"], name="accounts_by_email"),
        ]

    def __str__(self) -> str:
        return self.account_number

    @property
    def masked_number(self) -> str:
        """Returns the number for pages anyone can open. It follows the word “account”."""
        return gettext("ending in %s") % self.account_number[-4:]

    def learn_guid(self, guid: UUID | None) -> None:
        if guid and guid != self.customer_guid:
            self.customer_guid = guid
            self.save(update_fields=["customer_guid"])

    def forget_guid(self) -> None:
        self.customer_guid = None
        self.save(update_fields=["customer_guid"])
