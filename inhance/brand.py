"""A biller's colours as a style sheet: the accent, made readable on the light and dark ground."""

from functools import lru_cache
from hashlib import sha256

from icsso.colour import DARK_GROUND, LIGHT_GROUND, readable_on, text_on


@lru_cache(maxsize=256)
def brand_css(accent: str) -> str:
    try:
        light, dark = readable_on(accent, LIGHT_GROUND), readable_on(accent, DARK_GROUND)
    except ValueError:
        return ""  # no colour at all, past the admin's check: the portal's own remain
    return (
        f":root{{{_properties(light)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}\n"
    )


@lru_cache(maxsize=256)
def brand_version(accent: str) -> str:
    """Changes when the style sheet would."""
    return sha256(brand_css(accent).encode()).hexdigest()[:10]


def _properties(colour: str) -> str:
    return f"--accent:{colour};--on-accent:{text_on(colour)};--link:{colour}"
