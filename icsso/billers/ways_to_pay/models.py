"""A biller's texts about other ways to pay, and about help with paying."""

import logging
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import DatabaseError, InterfaceError, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.registry import Audited
from icsso.billers.branding.contact import check_phone
from icsso.billers.branding.languages import Words, place_of_page, readable
from icsso.billers.hosts.kept import Kept

logger = logging.getLogger(__name__)
MOST_LINKS = 6
check_link = URLValidator(schemes=["https"])


class Link(NamedTuple):
    address: str
    words: str


class WaysToPay(Audited, models.Model):
    """A text of one biller in both languages, with a phone number, an address, and links."""

    class Kind(models.TextChoices):
        OTHER = "other", gettext_lazy("Other ways to pay")
        HELP = "help", gettext_lazy("Help with paying")

    biller = models.ForeignKey(
        "icsso.Biller",
        models.CASCADE,
        related_name="ways_to_pay",
        verbose_name=gettext_lazy("biller"),
    )
    kind = models.CharField(
        gettext_lazy("kind"),
        max_length=5,
        choices=Kind.choices,
        help_text=gettext_lazy(
            "Other ways to pay are shown at the bottom of every page and wherever a payment fails. "
            "Help with paying is shown beside an overdue bill."
        ),
    )
    english = models.TextField(gettext_lazy("text in English"), max_length=600)
    spanish = models.TextField(gettext_lazy("text in Spanish"), max_length=600)
    phone = models.CharField(
        gettext_lazy("phone"), max_length=40, blank=True, validators=[check_phone]
    )
    postal_address = models.TextField(gettext_lazy("postal address"), max_length=200, blank=True)
    links = models.TextField(
        gettext_lazy("links"),
        max_length=1500,
        blank=True,
        help_text=gettext_lazy(
            "One per line: the address, the words in English, and the words in Spanish, with | "
            "between them."
        ),
    )
    last_day = models.DateField(
        gettext_lazy("last day"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Shown through this day. Blank: until you remove it."),
    )

    class Meta:
        verbose_name = gettext_lazy("ways to pay")
        verbose_name_plural = gettext_lazy("ways to pay")
        ordering = ["biller", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["biller", "kind"], name="one_text_of_a_kind")
        ]

    def __str__(self) -> str:
        return self.kind

    def clean(self) -> None:
        """Raises ValidationError for a line of `links` that is not a link."""
        lines = self.links.splitlines()
        faults = [fault for number, line in enumerate(lines, 1) if (fault := _fault(number, line))]
        if len([line for line in lines if line.strip()]) > MOST_LINKS:
            faults.append(_("At most %(most)d links.") % {"most": MOST_LINKS})
        if faults:
            raise ValidationError({"links": faults})

    @property
    def words(self) -> Words:
        """Returns the text in the reader's language, or else in English."""
        return readable({"en": self.english, "es": self.spanish})

    @property
    def shown_links(self) -> list[Link]:
        """Returns the links with their words in the reader's language."""
        place = 1 + place_of_page()
        lines = [_parts(line) for line in self.links.splitlines() if line.strip()]
        return [
            Link(parts[0], parts[place if place < len(parts) else 1])
            for parts in lines
            if len(parts) > 1
        ]

    def is_current(self, today: date) -> bool:
        return self.last_day is None or today <= self.last_day


def current_ways(biller: Any, kind: str) -> WaysToPay | None:
    """Returns the biller's text of this kind, if there is one and it has not ended. Never raises,
    because pages about a failure show it."""
    try:
        known = _kept.of(biller.pk, _texts)
    except (DatabaseError, InterfaceError):
        logger.exception("ways to pay not available")
        return None
    today = biller.today()
    return next((each for each in known if each.kind == kind and each.is_current(today)), None)


def _texts(biller_pk: int) -> list[WaysToPay]:
    return list(WaysToPay.objects.filter(biller=biller_pk))


_kept: Kept[int, list[WaysToPay]] = Kept("icsso.WaysToPay")


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def _fault(number: int, line: str) -> str:
    if not line.strip():
        return ""
    parts = _parts(line)
    if len(parts) != 1 + len(settings.LANGUAGES) or not all(parts):
        return _("Line %(number)d needs an address and the words in both languages.") % {
            "number": number
        }
    try:
        check_link(parts[0])
    except ValidationError:
        return _("The address in line %(number)d must start with https://.") % {"number": number}
    return ""
