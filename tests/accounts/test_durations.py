"""Durations are said in one way: in numerals, from where they are set."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import translation

from accounts.durations import in_words

SPELLED = re.compile(r"\b(\d+|one|two|three|seven|an?)\s+(minute|hour|day)s?\b")


@pytest.mark.parametrize(
    ("span", "english", "spanish"),
    [
        (timedelta(seconds=1), "1 minute", "1 minuto"),
        (timedelta(minutes=15), "15 minutes", "15 minutos"),
        (timedelta(minutes=60), "1 hour", "1 hora"),
        (timedelta(minutes=90), "90 minutes", "90 minutos"),
        (timedelta(hours=12, minutes=30), "13 hours", "13 horas"),
        (timedelta(hours=24), "24 hours", "24 horas"),
        (timedelta(hours=36), "36 hours", "36 horas"),
        (timedelta(hours=72), "3 days", "3 días"),
        (timedelta(days=7), "7 days", "7 días"),
    ],
)
def test_in_both_languages(span: timedelta, english: str, spanish: str) -> None:
    for language, expected in (("en", english), ("es", spanish)):
        with translation.override(language):
            # On one line, wherever a page or an email says it.
            assert in_words(span) == expected.replace(" ", "\N{NO-BREAK SPACE}")


def test_no_email_says_one_by_itself() -> None:
    emails = (settings.BASE_DIR / "templates" / "emails").glob("*.html")
    said = {path.name: found[0] for path in emails if (found := SPELLED.search(path.read_text()))}
    assert said == {"work_waiting.html": "a day"}  # how often, not how long
