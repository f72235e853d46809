"""Legal holds: data that a court, an auditor, or a dispute needs is not deleted while they last."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import Member
from backoffice.audit.registry import Audited
from icsso.billers.models import Biller
from icsso.billers.time_zones import zone_named


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def in_effect(self) -> "LegalHoldQuerySet":
        """Each lasts through its last day in its biller's time zone."""
        lasting = Q(pk__in=[])
        for name in Biller.objects.order_by().values_list("time_zone", flat=True).distinct():
            today = timezone.localdate(timezone=zone_named(name))
            lasting |= Q(biller__time_zone=name, ends_on__gte=today)
        return self.filter(lasting, ended_at=None)

    def holding(self, member: Member) -> "LegalHoldQuerySet":
        """Returns those that keep the member from being erased."""
        of_all = Q(biller=member.biller_id, member=None)
        lasting = self.filter(ended_at=None, ends_on__gte=member.biller.today())
        return lasting.filter(Q(member=member.pk) | of_all)


class LegalHold(Audited, models.Model):
    """Prevents erasure and `apply_retention` until the end of a day.

    member: None for all data of the biller. ended_at: if staff ended it earlier.
    """

    biller = models.ForeignKey(
        Biller, models.CASCADE, related_name="legal_holds", verbose_name=_("biller")
    )
    member = models.ForeignKey(
        Member,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="legal_holds",
        verbose_name=_("member"),
    )
    reason = models.CharField(
        _("reason"),
        max_length=200,
        help_text=_("Such as the number of the case, and who asked for it."),
    )
    began_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    ends_on = models.DateField(_("until"), help_text=_("The end of this day."))
    ended_at = models.DateTimeField(_("ended early"), null=True, editable=False)
    by = models.ForeignKey(
        "accounts.StaffUser",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("placed by"),
    )

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ["-pk"]
        default_permissions = ("view", "add", "change")

    def __str__(self) -> str:
        return f"{self.member or self.biller}, {self.ends_on}"

    @property
    def is_in_effect(self) -> bool:
        return self.ended_at is None and self.ends_on >= self.biller.today()

    def end(self) -> None:
        self.ended_at = timezone.now()
        self.save(update_fields=["ended_at"])
