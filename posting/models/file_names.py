"""Names of files, from a pattern with the number, the day, and the biller."""

import re
from datetime import date
from string import Formatter

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
FORMATS = {
    "number": re.compile(r"(0[1-9]d)?"),
    "date": re.compile(r"(%[YymdjHMS]|[-_.])*"),
    "biller": re.compile(r""),
}
SAMPLE_DAY = date(2026, 12, 4)


def file_name(pattern: str, *, number: int, day: date, biller: str) -> str:
    """Returns the name. pattern: one that `check_file_name` has accepted."""
    return pattern.format(number=number, date=day, biller=biller)


def check_file_name(pattern: str) -> None:
    """Raises ValidationError for a pattern without the number, which alone makes names unique, and
    for one that leads to another folder or reads anything but the number, the day, and the
    biller."""
    try:
        parts = [part for part in Formatter().parse(pattern) if part[1] is not None]
    except ValueError:
        raise ValidationError(_("Check the braces: each { needs a }.")) from None
    for _text, name, spec, conversion in parts:
        allowed = FORMATS.get(name or "")
        if allowed is None or conversion or not allowed.fullmatch(spec or ""):
            raise ValidationError(
                _("Use only {number}, {date}, and {biller}, such as {number:06d}.")
            )
    if "number" not in {part[1] for part in parts}:
        raise ValidationError(_("Add {number}: without it, files would replace each other."))
    name = file_name(pattern, number=1, day=SAMPLE_DAY, biller="biller")
    if not ALLOWED.fullmatch(name):
        raise ValidationError(
            _("Use only letters without accents, digits, periods, hyphens, and underscores.")
        )


def names_biller(pattern: str) -> bool:
    """Whether the pattern keeps the files of two billers from ever having the same name."""
    return "{biller}" in pattern
