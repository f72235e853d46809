"""A staff user's identity at an OpenID provider."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import StaffUser
from backoffice.audit.registry import Audited


class StaffIdentity(Audited, models.Model):
    """Found by issuer and subject after the first sign-in, because an email address may be
    reassigned.

    client_id: the registration at the provider to which the subject belongs, because some providers
    use a different subject for each; "" if the subject is the same for all.
    """

    user = models.ForeignKey(StaffUser, models.CASCADE, related_name="identities")
    issuer = models.CharField(_("issuer"), max_length=300)
    client_id = models.CharField(_("client ID"), max_length=255, blank=True)
    subject = models.CharField(_("subject"), max_length=255)
    linked_at = models.DateTimeField(_("linked"), default=timezone.now)

    class Meta:
        verbose_name = _("single sign-on identity")
        verbose_name_plural = _("single sign-on identities")
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "client_id", "subject"], name="one_user_per_identity"
            ),
            models.UniqueConstraint(
                fields=["user", "issuer", "client_id"], name="one_identity_per_client_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.issuer}"

    def get_additional_data(self) -> dict[str, Any]:
        return self.user.get_additional_data()
