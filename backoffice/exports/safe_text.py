"""Text that a spreadsheet treats as text: exported cells never run as formulas.

Cells exported with a guard in front of a formula can be uploaded again: `unguarded` removes the
guard.
"""

import re

# What a spreadsheet takes for the beginning of a formula: also full-width, small, raised, and
# lowered, which it reads as the plain ones, and the mathematical minus.
SIGNS = r"=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−⩵⩶﬩"
FORMULA = re.compile(rf"[{SIGNS}\t\r]")
# The same inside a cell, where a spreadsheet that splits at semicolons, tabs, or line ends would
# start a new one. It recognizes quotes only at the beginning of a part.
FORMULA_INSIDE = re.compile(rf"([;\t\r\n])((?:[^\S\t\r\n]|\")*[{SIGNS}])")
GUARDED_INSIDE = re.compile(rf"([;\t\r\n])'((?:[^\S\t\r\n]|\")*[{SIGNS}])")
# XML allows none of these, and they are invisible.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
LONGEST_TEXT = 32_000  # characters: an Excel cell holds only slightly more


def safe_text(text: str) -> str:
    """Returns the text without control characters, and with a guard (') if it would run."""
    text = CONTROLS.sub("", text)[:LONGEST_TEXT]
    return f"'{text}" if FORMULA.match(text.lstrip()) or FORMULA.match(text) else text


def safe_in_csv(text: str) -> str:
    """Returns `safe_text` that stays safe wherever a spreadsheet splits the line."""
    return FORMULA_INSIDE.sub(r"\1'\2", safe_text(text))


def unguarded(text: str) -> str:
    """Returns the text that `safe_text` or `safe_in_csv` was given."""
    if "'" not in text:  # as in nearly every cell of a million lines
        return text
    text = GUARDED_INSIDE.sub(r"\1\2", text)
    return text[1:] if text[:1] == "'" and FORMULA.match(text[1:].lstrip()) else text
