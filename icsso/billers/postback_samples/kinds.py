"""The kind of a value, which says how it is written and not what it is."""

import re

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
KINDS = (
    ("guid", re.compile(GUID)),
    ("guid:upper", re.compile(GUID.replace("a-f", "A-F"))),
    ("guid:braces", re.compile(rf"\{{{GUID}\}}", re.IGNORECASE)),
    ("boolean:text", re.compile(r"true|false", re.IGNORECASE)),
    ("date:M/d/yyyy h:mm:ss tt", re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d\s[AP]M")),
    ("date:M/d/yyyy", re.compile(r"\d{1,2}/\d{1,2}/\d{4}")),
    ("date:yyyy-MM-ddTHH:mm:ss", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")),
    ("date:yyyy-MM-dd", re.compile(r"\d{4}-\d\d-\d\d")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("url", re.compile(r"https?://\S+", re.IGNORECASE)),
)
MONEY = re.compile(r"-?\$?\s*(?:\d{1,3}(?:,\d{3})+|\d*)\.(\d+)-?")


def kind_of(value: object) -> str:
    """Returns the kind in the words of a capture, like `money:2` or `text:14`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return f"money:number:{len(str(value).partition('.')[2])}"
    return _kind_of_text(value.strip()) if isinstance(value, str) else "list"


def _kind_of_text(text: str) -> str:
    if not text:
        return "empty"
    if money := MONEY.fullmatch(text):
        return f"money:{len(money[1])}"
    if text.isascii() and text.isdigit():
        return f"digits:{len(text)}"
    return next((kind for kind, form in KINDS if form.fullmatch(text)), f"text:{len(text)}")
