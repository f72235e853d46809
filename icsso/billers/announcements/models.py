"""A biller's announcements to its customers: Invoice Cloud maintenance and other notices."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.audit.registry import Audited
from icsso.billers.branding.languages import readable
from icsso.billers.hosts.kept import SECONDS, Kept

ANNOUNCED_BEFORE = timedelta(hours=72)
MOST = 20  # of one biller at a time


class Announcement(Audited, models.Model):
    """An announcement of one biller. Maintenance is announced in advance with the portal's text,
    followed by the biller's own; a notice has only the biller's text."""

    class Kind(models.TextChoices):
        MAINTENANCE = "maintenance", _("Invoice Cloud maintenance")
        NOTICE = "notice", _("Notice")

    biller = models.ForeignKey(
        "icsso.Biller", models.CASCADE, related_name="announcements", verbose_name=_("biller")
    )
    kind = models.CharField(
        _("kind"), max_length=11, choices=Kind.choices, default=Kind.MAINTENANCE
    )
    english = models.TextField(_("text in English"), max_length=300, blank=True)
    spanish = models.TextField(_("text in Spanish"), max_length=300, blank=True)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["biller", "ends_at"], name="announced_until")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="announcement_ends_after_it_begins",
                violation_error_message=_("The end must be after the start."),
            )
        ]

    def __str__(self) -> str:
        begins = timezone.localtime(self.starts_at, self.biller.zone)
        return f"{self.kind} · {begins:%Y-%m-%d %H:%M}"

    def clean(self) -> None:
        """Raises ValidationError unless the text is in both languages or in neither."""
        if bool(self.english) != bool(self.spanish):
            lacking = "spanish" if self.english else "english"
            raise ValidationError({lacking: _("Enter the text in both languages.")})
        if self.kind == self.Kind.NOTICE and not self.english:
            raise ValidationError({"english": _("Enter the text for customers.")})

    @property
    def is_maintenance(self) -> bool:
        return self.kind == self.Kind.MAINTENANCE

    @property
    def is_under_way(self) -> bool:
        return self.starts_at <= timezone.now() < self.ends_at

    @property
    def ends_on_the_day_it_begins(self) -> bool:
        first, last = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        return first.date() == last.date()

    @property
    def words(self) -> str:
        """Returns the text in the reader's language, or else in English and marked as such."""
        return readable({"en": self.english, "es": self.spanish}).marked()

    def is_announced(self, now: datetime) -> bool:
        before = ANNOUNCED_BEFORE if self.is_maintenance else timedelta(0)
        return self.starts_at - before <= now < self.ends_at


def current(biller_pk: int) -> Announcement | None:
    """Returns the announcement that customers see now: maintenance in progress, else a notice, else
    upcoming maintenance. Of two of a kind, returns the earlier one."""
    now = timezone.now()
    announced = [each for each in _known(biller_pk) if each.is_announced(now)]
    return min(
        announced, key=lambda each: (not each.is_under_way, not each.is_maintenance), default=None
    )


def maintenance_now(biller_pk: int) -> Announcement | None:
    known = (each for each in _known(biller_pk) if each.is_maintenance and each.is_under_way)
    return next(known, None)


def _known(biller_pk: int) -> Sequence[Announcement]:
    """Returns current and upcoming announcements, earliest first."""
    return _kept.of(biller_pk, _coming)


def _coming(biller_pk: int) -> Sequence[Announcement]:
    now = timezone.now()
    ahead = now + ANNOUNCED_BEFORE + timedelta(seconds=SECONDS)
    announced = Announcement.objects.filter(biller=biller_pk, ends_at__gt=now, starts_at__lt=ahead)
    return list(announced.order_by("starts_at")[:MOST])


_kept: Kept[int, Sequence[Announcement]] = Kept("icsso.Announcement")
