"""The host names at which customers reach their biller."""

from typing import TYPE_CHECKING, Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.hosts import kept

if TYPE_CHECKING:
    from icsso.billers.models import Biller

HOST_NAME = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\Z"


class BillerQuerySet(models.QuerySet["Biller"]):
    def for_host(self, host: str) -> "Biller | None":
        """Returns the biller of a host name, open or not. The only open biller, or the only one at
        all, is returned for every host name."""
        named = self.filter(hosts__host=host.lower().rstrip(".")).first()
        if named:
            return named
        few = list(self.filter(is_active=True)[:2]) or list(self.all()[:2])
        return few[0] if len(few) == 1 else None

    def update(self, **values: Any) -> int:
        """Sends no signal, but the change counts at once all the same."""
        changed = super().update(**values)
        kept.forget()
        return changed


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
