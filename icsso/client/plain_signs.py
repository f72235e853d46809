"""Signs as pages, word processors, and other keyboards write them, as plain text."""

import unicodedata

DASHES = "‐‑‒–—−－"


def plain_signs(text: str) -> str:
    """Returns the text without invisible characters, with wide signs and digits as plain ones and
    every dash as a hyphen. Raised numbers stay: 84² is not 842."""
    if text.isascii():
        return text
    return "".join(_plain_sign(sign) for sign in text)


def _plain_sign(sign: str) -> str:
    if sign in DASHES:
        return "-"
    if "\uff01" <= sign <= "\uff5e":
        return unicodedata.normalize("NFKC", sign)
    return "" if unicodedata.category(sign) == "Cf" else sign
