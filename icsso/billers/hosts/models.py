"""The host names at which customers reach their biller."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited

HOST_NAME = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z"


class BillerHost(Audited, models.Model):
    biller = models.ForeignKey(
        "icsso.Biller", models.CASCADE, related_name="hosts", verbose_name=_("biller")
    )
    host = models.CharField(
        _("host name"),
        max_length=253,
        unique=True,
        validators=[RegexValidator(HOST_NAME, _("A host name in lowercase, without https://."))],
    )

    class Meta:
        verbose_name = _("host name")
        verbose_name_plural = _("host names")

    def __str__(self) -> str:
        return self.host
