"""The key with which a biller's pay links are made."""

from secrets import token_hex

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.encryption import EncryptedTextField

KEY_BYTES = 32


def new_key() -> str:
    return token_hex(KEY_BYTES)


class PayLinkKey(Audited, models.Model):
    """Replacing it ends all pay links and QR codes of the biller that were ever handed out."""

    biller = models.OneToOneField(
        "icsso.Biller",
        models.CASCADE,
        related_name="pay_link_key",
        verbose_name=_("biller"),
    )
    key = EncryptedTextField(default=new_key)
    made_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("pay link key")
        verbose_name_plural = _("pay link keys")
        default_permissions = ()
        permissions = [
            ("send_paylink", "Can email pay links to customers"),
            ("export_paylink", "Can export pay links and QR codes"),
            ("replace_paylinkkey", "Can end all pay links of a biller"),
        ]

    def __str__(self) -> str:
        return f"{self.biller_id}"
