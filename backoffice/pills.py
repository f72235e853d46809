"""States in lists as colored pills. The color only helps to find them."""

from collections.abc import Mapping
from typing import Any, Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

Kind = Literal["good", "wait", "bad"]


def pill(state: Any, label: Any, kinds: Mapping[Any, Kind]) -> SafeString:
    """Returns the label in the color of the state; plain, if the state has none."""
    kind = kinds.get(state)
    return format_html('<span class="{}">{}</span>', f"pill pill-{kind}" if kind else "pill", label)
