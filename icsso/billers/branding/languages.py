"""Chooses the language in which customers read a biller's own texts."""

from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language

ENGLISH = "en"  # in which every text is written, so it replaces missing ones


class Words(NamedTuple):
    """language: for the `lang` attribute; "" if it is the language of the page."""

    text: str
    language: str

    def marked(self) -> str:
        """Returns the text, in a span that names its language unless that is the page's."""
        if not self.language:
            return self.text
        return format_html('<span lang="{}">{}</span>', self.language, self.text)


def of_page() -> str:
    """Returns the language of the page without its region: "es" for "es-mx"."""
    return (get_language() or ENGLISH).split("-")[0]


def place_of_page() -> int:
    """Returns the place of the page's language among those that customers can choose, from 0."""
    codes = [code for code, _name in settings.LANGUAGES]
    return codes.index(of_page()) if of_page() in codes else 0


def readable(texts: Mapping[str, str]) -> Words:
    """Returns the text in the language of the page, or else in English. texts: by language."""
    language = of_page()
    if texts.get(language) or language == ENGLISH:
        return Words(texts.get(language, ""), "")
    english = texts.get(ENGLISH, "")
    return Words(english, ENGLISH if english else "")
