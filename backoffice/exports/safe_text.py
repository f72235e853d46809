"""Text that a spreadsheet takes for text: exported cells never run as formulas.

What is exported with a guard in front of a formula can be uploaded again: `unguarded` takes the
guard away.
"""

import re

# What a spreadsheet would take for a formula, and run.
FORMULA = re.compile(r"[=+\-@\t\r]")
# The same inside a cell, where a spreadsheet that splits at semicolons, tabs or line ends would
# begin a new one. It takes quotes for such only at the beginning of what it splits.
FORMULA_INSIDE = re.compile(r"([;\t\r\n])((?:[^\S\t\r\n]|\")*[=+\-@])")
GUARDED_INSIDE = re.compile(r"([;\t\r\n])'((?:[^\S\t\r\n]|\")*[=+\-@])")
# XML allows none of these, and nobody sees them.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
LONGEST_TEXT = 32_000  # characters: an Excel cell holds little more


def safe_text(text: str) -> str:
    """Returns the text without control characters; with a guard (') if it would run."""
    text = CONTROLS.sub("", text)[:LONGEST_TEXT]
    return f"'{text}" if FORMULA.match(text.lstrip()) or FORMULA.match(text) else text


def safe_in_csv(text: str) -> str:
    """Returns `safe_text` that stays safe wherever a spreadsheet splits the line."""
    return FORMULA_INSIDE.sub(r"\1'\2", safe_text(text))


def unguarded(text: str) -> str:
    """Returns the text that `safe_text` or `safe_in_csv` was given."""
    text = GUARDED_INSIDE.sub(r"\1\2", text)
    return text[1:] if text[:1] == "'" and FORMULA.match(text[1:].lstrip()) else text
