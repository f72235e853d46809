"""Billers' logos, in the database: several web processes need no shared disk."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Logo(models.Model):
    """A PNG made by `branding.logos`. A table of its own: the biller is read in every request."""

    biller = models.OneToOneField("icsso.Biller", models.CASCADE, related_name="logo")
    image = models.BinaryField()

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.biller_id}"
