"""A page in the pseudo-locale: every word goes through translation, and longer ones fit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.test import override_settings
from playwright.sync_api import Page, expect

from accounts.models import User, UtilityAccount
from icsso.billers.models import Biller
from tests.browser.looks import PHONE
from tests.journeys.pages.measures import MEASURE, change_language
from tests.translations import pseudo_locale
from tests.translations.pseudo_locale import LANGUAGE

UNTRANSLATED = Path(__file__).with_name("untranslated.js").read_text()
# What is said the same in every language: times and their zones, and names of cards.
SAME = {"am", "pm", "est", "edt", "visa"}


@cache
def folder() -> Path:
    return pseudo_locale.write(Path(mkdtemp(prefix="pseudo-locale-")))


@contextmanager
def third_language() -> Iterator[None]:
    """Meanwhile the portal has one more language, as docs/languages.md adds it."""
    LANG_INFO[LANGUAGE] = pseudo_locale.NAME
    more = {
        "LOCALE_PATHS": [folder(), *settings.LOCALE_PATHS],
        "LANGUAGES": [*settings.LANGUAGES, (LANGUAGE, "Pseudo")],
    }
    with override_settings(**more):
        yield


def measure_in_third_language(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    with third_language():
        change_language(page, LANGUAGE)
        measure_third_language(page)


def measure_third_language(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", LANGUAGE)
    page.wait_for_load_state()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    faults = page.evaluate(MEASURE)
    untranslated = page.evaluate(UNTRANSLATED, sorted(SAME | _words_of_data()))
    assert not faults, f"{page.url}: {faults}"
    assert not untranslated, f"{page.url}: {untranslated}"


def _words_of_data() -> set[str]:
    billers = Biller.objects.values_list("name", "support_phone", "support_email")
    accounts = UtilityAccount.objects.values_list(
        "account_number", "name", "address", "city", "state"
    )
    people = User.objects.values_list("email", "biller__slug")
    told = " ".join(str(value) for row in [*billers, *accounts, *people] for value in row)
    return {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z']+", told)}
