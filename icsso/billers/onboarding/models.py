"""Staff users' confirmations of a biller's settings at Invoice Cloud."""

from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited


class SettingCheck(Audited, models.Model):
    """A staff user's confirmation of one setting, with their email address at that time. A later
    check replaces it; the audit log keeps the earlier ones."""

    class Setting(models.TextChoices):
        """The settings that the portal depends on (contract, "Settings at Invoice Cloud"). The
        values are the names of the onboarding steps."""

        SETTING_129 = "setting-129", _("setting 129")
        PASSWORD_PAGES = "password-pages", _("password change on Invoice Cloud's pages")

    biller = models.ForeignKey(
        "icsso.Biller", models.CASCADE, related_name="setting_checks", verbose_name=_("biller")
    )
    setting = models.CharField(_("setting"), max_length=20, choices=Setting.choices)
    is_right = models.BooleanField(_("is as the portal needs it"))
    checked_at = models.DateTimeField(_("checked"))
    checked_by = models.CharField(_("checked by"), max_length=254)

    class Meta:
        verbose_name = _("setting at Invoice Cloud")
        verbose_name_plural = _("settings at Invoice Cloud")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["biller", "setting"], name="one_check_of_each_setting")
        ]

    def __str__(self) -> str:
        return self.setting

    @classmethod
    def record(cls, biller: models.Model, setting: str, *, is_right: bool, by: str) -> None:
        """Saves what was confirmed just now. by: the staff user's email address."""
        seen = {"is_right": is_right, "checked_at": timezone.now(), "checked_by": by}
        cls.objects.update_or_create(biller=biller, setting=setting, defaults=seen)


def unconfirmed(billers: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Returns the billers whose settings at Invoice Cloud nobody has confirmed."""
    right = SettingCheck.objects.filter(biller=OuterRef("pk"), is_right=True)
    missing = [~Q(Exists(right.filter(setting=each))) for each in SettingCheck.Setting.values]
    return billers.filter(reduce(or_, missing))
