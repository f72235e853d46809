"""A biller's colors as a style sheet: the accent, readable on light and dark backgrounds."""

import re
from functools import lru_cache
from hashlib import sha256

from icsso.billers.branding.colors import DARK_GROUND, LIGHT_GROUND, readable_on, text_on

PREFERS_DARK = re.compile(r"screen and \(prefers-color-scheme: ?dark\)")


@lru_cache(maxsize=256)
def brand_css(accent: str) -> str:
    try:
        light, dark = readable_on(accent, LIGHT_GROUND), readable_on(accent, DARK_GROUND)
    except ValueError:
        return ""  # not a color, despite the admin's check: keep the portal's own colors
    return (
        f":root{{{_properties(light)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}\n"
    )


@lru_cache(maxsize=256)
def email_colors(accent: str) -> dict[str, str]:
    """Returns the biller's colors for emails, on light and dark backgrounds. Invalid colors, which
    the admin's check should prevent, are replaced by the portal's own."""
    try:
        light, dark = readable_on(accent, LIGHT_GROUND), readable_on(accent, DARK_GROUND)
    except ValueError:
        return email_colors("#0b5cad")
    return {
        "accent": light,
        "on_accent": text_on(light),
        "link": light,
        "dark_accent": dark,
        "on_dark_accent": text_on(dark),
    }


def preview_css(base_css: str, accent: str, scheme: str) -> str:
    """Returns the colors of the portal and the biller in one scheme (`light` or `dark`), whatever
    the browser prefers."""
    styles = f"{base_css}\n{brand_css(accent)}:root{{color-scheme:{scheme}}}\n"
    return PREFERS_DARK.sub("all" if scheme == "dark" else "not all", styles)


@lru_cache(maxsize=256)
def brand_version(accent: str) -> str:
    """Returns a value that changes whenever the style sheet does."""
    return sha256(brand_css(accent).encode()).hexdigest()[:10]


def _properties(color: str) -> str:
    return f"--accent:{color};--on-accent:{text_on(color)};--link:{color}"
