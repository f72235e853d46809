"""A passkey of a member: the public half of a key that only their device or password app has."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.tokens import digest, new_secret
from backoffice.audit.registry import Audited

MOST = 10  # per member
LONGEST_NAME = 60
LONGEST_ID = 1364  # 1023 bytes (WebAuthn, 4), as base64url


class PasskeyQuerySet(models.QuerySet["Passkey"]):
    def fresh_links(self) -> "PasskeyQuerySet":
        """Returns those whose emailed link still works."""
        since = timezone.now() - Passkey.UNDO_LIFE
        return self.filter(added_at__gt=since, member__is_active=True).exclude(undo_digest="")


class Passkey(Audited, models.Model):
    """credential_id: as base64url. user_handle: the authenticator's identifier of the member.
    Nobody can guess it, and it is the same for all passkeys of a member, so that a device keeps
    only one.

    rp_id: the host name for which it was created; it works nowhere else.
    """

    UNDO_LIFE = timedelta(days=7)  # of the emailed link that removes it
    path_to_biller = "member.biller_id"

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="passkeys")
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    credential_id = models.CharField(max_length=LONGEST_ID, unique=True, editable=False)
    public_key = models.BinaryField()
    user_handle = models.BinaryField(max_length=64)
    rp_id = models.CharField(_("host name"), max_length=253, editable=False)
    # The authenticator's counter; 0 for the many that don't count.
    sign_count = models.BigIntegerField(default=0, editable=False)
    transports = models.JSONField(default=list, editable=False)
    is_backed_up = models.BooleanField(_("backed up"), default=False, editable=False)
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    undo_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = PasskeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")
        ordering = ["added_at", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["undo_digest"], condition=~Q(undo_digest=""), name="passkeys_by_undo_link"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def use(self, *, sign_count: int, is_backed_up: bool) -> bool:
        """Records that it was used. Returns False if its counter went back or stood still, which
        happens when the key was copied. Of two simultaneous uses with the same count, one wins."""
        fits = Q(sign_count__lt=sign_count) if sign_count else Q(sign_count=0)
        used = {"sign_count": sign_count, "is_backed_up": is_backed_up, "used_at": timezone.now()}
        return bool(Passkey.objects.filter(fits, pk=self.pk).update(**used))

    def new_undo_link(self) -> str:
        """Returns the secret; the database keeps only its digest."""
        secret = new_secret()
        self.undo_digest = digest(secret)
        self.save(update_fields=["undo_digest"])
        return secret
