"""No line of a page or an email ends within a day, a time, or an amount."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.formats import date_format

from accounts.templatetags.balance_words import dollars, signed_dollars

MOMENT = datetime(2026, 11, 26, 17, 34, tzinfo=UTC)
FORMATS = ("DATE_FORMAT", "SHORT_DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT")
WRITTEN = {
    "en": ("Nov_26,_2026", "Nov_26,_2026", "Nov_26,_2026, 5:34_PM", "Nov_26,_2026, 5:34_PM"),
    "es": (
        "26_de_noviembre de_2026",  # in large letters wider than a phone
        "26_nov_2026",
        "26_de_noviembre de_2026, 5:34_PM",
        "26_nov_2026, 5:34_PM",
    ),
}


def marked(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", "_")


@pytest.mark.parametrize("language", WRITTEN)
def test_days_and_times_stay_whole(language: str) -> None:
    with translation.override(language):
        assert tuple(marked(date_format(MOMENT, name)) for name in FORMATS) == WRITTEN[language]
        assert marked(date_format(MOMENT, "TIME_FORMAT")) == "5:34_PM"
        page = Template("{{ day|date }} {{ day }}").render(Context({"day": date(2026, 11, 26)}))
        assert marked(page) == " ".join([WRITTEN[language][0]] * 2)


def test_amounts_have_no_spaces() -> None:
    assert dollars(Decimal("-1234.5")) == "$1,234.50"
    assert signed_dollars(Decimal("-1234.5")) == "−$1,234.50"
