"""Text of customers beside our own: Arabic or Hebrew must not reorder the number next to it.

The Unicode Bidirectional Algorithm lays out a whole line at once: after an Arabic letter,
12-3456-00 is shown as 00-3456-12. An isolate keeps the two apart. Text without right-to-left
characters needs none and stays exactly as it is.
"""

import re
import unicodedata

from django.utils.html import format_html
from django.utils.safestring import SafeString

# Right-to-left letters, Arabic digits, and the invisible characters that change the direction.
REORDERING = {"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
FIRST_STRONG_ISOLATE, END = "\u2068", "\u2069"
ISOLATES = re.compile("[\u2066-\u2069]")  # in the text itself, they could end ours too early


def reorders(text: str) -> bool:
    """Returns whether the text can change the order of what stands beside it."""
    if text.isascii():
        return False
    return any(unicodedata.bidirectional(sign) in REORDERING for sign in text)


def isolated(text: str) -> str:
    """Returns the text for a place without markup: an option, a title, the text of an email."""
    if not reorders(text):
        return text
    return f"{FIRST_STRONG_ISOLATE}{ISOLATES.sub('', text)}{END}"


def isolated_in_html(text: str) -> SafeString | str:
    return format_html("<bdi>{}</bdi>", text) if reorders(text) else text


def isolated_number_in_html(number: str) -> SafeString:
    """A number of letters and digits alone has only one order, and nothing to escape."""
    if number.isalnum():
        return SafeString(number)
    return format_html('<bdi dir="ltr">{}</bdi>', number)
