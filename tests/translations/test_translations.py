"""Every text has its Spanish, and the file that the portal reads is made of the one we write."""

import re
from decimal import Decimal
from gettext import GNUTranslations
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin, site
from django.contrib.admin.utils import label_for_field
from django.db.models import Model
from django.utils import translation
from django.utils.formats import localize

from tests.translations.catalogues import FOLDER, Entry, entries

ROOT = FOLDER.parent.parent.parent

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]|</?\w+>")


@pytest.fixture(scope="module")
def catalogue() -> list[Entry]:
    return list(entries())


@pytest.fixture(scope="module")
def compiled() -> GNUTranslations:
    with (FOLDER / "django.mo").open("rb") as file:
        return GNUTranslations(file)


def test_everything_is_translated(catalogue: list[Entry]) -> None:
    assert len(catalogue) > 400
    untranslated = [entry.msgid for entry in catalogue if not all(entry.translations)]
    assert untranslated == []


def test_nothing_is_guessed(catalogue: list[Entry]) -> None:
    assert [entry.msgid for entry in catalogue if entry.is_fuzzy] == []


def test_placeholders_and_tags_are_those_of_the_english(catalogue: list[Entry]) -> None:
    differing = [
        (entry.msgid, text)
        for entry in catalogue
        for number, text in enumerate(entry.translations)
        if sorted(PLACEHOLDER.findall(entry.english(number))) != sorted(PLACEHOLDER.findall(text))
    ]
    assert differing == []


def test_the_compiled_file_says_the_same(catalogue: list[Entry], compiled: GNUTranslations) -> None:
    for entry in catalogue:
        assert _compiled(entry, compiled) == entry.translations[0], entry.msgid


def _compiled(entry: Entry, compiled: GNUTranslations) -> str:
    if entry.context:
        return compiled.pgettext(entry.context, entry.msgid)
    if entry.plural:
        return compiled.ngettext(entry.msgid, entry.plural, 1)
    return compiled.gettext(entry.msgid)


def test_no_email_says_on_a_button_what_a_page_has_as_its_title() -> None:
    """Spanish has the infinitive on buttons (“Confirmar”), and tells the reader in titles."""
    button = re.compile(r'block action %}{% translate "([^"]+)" %}')
    title = re.compile(r'(?:block title %}|<h1>){% translate "([^"]+)" %}')
    texts = {path: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    buttons = {words for path, text in texts.items() for words in button.findall(text)}
    titles = {words for path, text in texts.items() for words in title.findall(text)}
    assert len(buttons) > 5
    assert len(titles) > 50
    assert buttons & titles == {"Pay my bill", "Sign in"}  # infinitives as titles, too


@pytest.mark.parametrize(
    ("words", "on_a_button", "as_a_title"),
    [
        ("Confirm your new email", "Confirmar su", "Confirme su"),
        ("Approve your new email", "Aprobar su", "Apruebe su"),
        ("Reconnect your billing pages", "Volver a conectar", "Vuelva a conectar"),
    ],
)
def test_buttons_and_titles_differ_in_spanish(
    words: str, on_a_button: str, as_a_title: str
) -> None:
    with translation.override("es"):
        assert translation.pgettext("button", words).startswith(on_a_button)
        assert translation.gettext(words).startswith(as_a_title)


@pytest.mark.parametrize("word", ["token", "iframe", "inválid", "sincroniz", r"tu\b", r"tú\b"])
def test_no_word_that_customers_do_not_use(catalogue: list[Entry], word: str) -> None:
    found = re.compile(rf"\b{word}", re.IGNORECASE)
    said = [text for entry in catalogue for text in entry.translations]
    assert [text for text in said if found.search(text)] == []


def test_numbers_are_those_of_the_united_states() -> None:
    with translation.override("es"):
        assert localize(Decimal("1234.50")) == "1,234.50"


def test_every_column_and_filter_of_the_admin_speaks_spanish() -> None:
    """A field without a name of its own is called as it is in the code, in every language."""
    english = [
        f"{model.__name__}.{name}"
        for model, model_admin in site._registry.items()
        if model._meta.app_label != "django_tasks_database"
        for name in {*model_admin.list_display, *model_admin.readonly_fields, *foreign_keys(model)}
        if in_language("en", name, model_admin) == in_language("es", name, model_admin)
    ]
    assert sorted(set(english) - SAME_WORD) == []


SAME_WORD = {"Payment.total", "StaffInvitation.role_names", "StaffUser.roles"}


def foreign_keys(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.fields if field.is_relation} - {"actor"}


def in_language(language: str, name: str, model_admin: ModelAdmin[Any]) -> str:
    with translation.override(language):
        return str(label_for_field(name, model_admin.model, model_admin)).lower()
