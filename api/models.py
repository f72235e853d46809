"""Tokens with which a biller's billing system (CIS) uses the API."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.tokens import digest, new_secret
from backoffice.audit.registry import Audited
from icsso.billers.models import Biller

PREFIX = "ihp_"  # lets scanners find a token that was published by mistake
USED_EVERY = timedelta(minutes=1)  # precision of `last_used_at`


def in_a_year() -> datetime:
    return timezone.now() + timedelta(days=365)


class Scope(models.TextChoices):
    READ_PAYMENTS = "payments:read", _("read payments")
    WRITE_ACCOUNTS = "accounts:write", _("create and update accounts")


class ApiToken(Audited, models.Model):
    """digest: of the token, which is shown once. ending: its last characters."""

    biller = models.ForeignKey(
        Biller, models.PROTECT, related_name="api_tokens", verbose_name=_("biller")
    )
    name = models.CharField(
        _("name"),
        max_length=60,
        help_text=_("Which program uses it. Imports and the audit log show this name."),
    )
    scopes: Any = models.JSONField(_("allows to"), default=list)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    ending = models.CharField(_("ends with"), max_length=4, editable=False)
    created_at = models.DateTimeField(
        pgettext_lazy("API token", "created"), default=timezone.now, editable=False
    )
    created_by = models.ForeignKey(
        "accounts.StaffUser",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    expires_at = models.DateTimeField(_("expires"), default=in_a_year)
    revoked_at = models.DateTimeField(_("revoked on"), null=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    # Of a new one, for the page that shows it.
    shown_once: str

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["biller", "name"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["biller", "name"], name="api_token_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def make(self) -> str:
        """Returns a new token, of which only the digest is kept. Does not save."""
        token = PREFIX + new_secret()
        self.digest, self.ending = digest(token), token[-4:]
        return token

    def revoke(self) -> None:
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    def allows(self, scope: Scope) -> bool:
        return scope.value in self.scopes

    def used(self) -> bool:
        """Notes the use, at most once a minute. Returns whether it is the first today."""
        now = timezone.now()
        old = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY)
        if not ApiToken.objects.filter(old, pk=self.pk).update(last_used_at=now):
            return False
        zone = self.biller.zone
        before = self.last_used_at and timezone.localdate(self.last_used_at, zone)
        return before != timezone.localdate(now, zone)
