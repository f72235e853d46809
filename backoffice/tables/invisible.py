"""Characters that people paste without seeing them, and that programs leave behind."""

import re

# Non-breaking spaces, and zero-width characters: direction marks, soft hyphens, a byte order mark
# where two files were joined.
SPACES = (0xA0, 0x2007, 0x202F)
NOTHING = (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
VISIBLE: dict[int, str | None] = {**dict.fromkeys(SPACES, " "), **dict.fromkeys(NOTHING)}


# How XLSX escapes line breaks and tabs; some programs write it into CSV files as it is.
ESCAPED_SPACE = re.compile(r"_x00(?:0[9AaDd]|[Aa]0)_")


def visible(text: str) -> str:
    """Returns the text as it looks: with ordinary spaces and nothing invisible."""
    if "_x00" in text:
        text = ESCAPED_SPACE.sub(" ", text)
    return text if text.isascii() else text.translate(VISIBLE)
