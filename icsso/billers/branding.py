"""A biller's colours as a style sheet: the accent, made readable on the light and dark ground."""

import re
from functools import lru_cache
from hashlib import sha256

from icsso.billers.colors import DARK_GROUND, LIGHT_GROUND, readable_on, text_on

PREFERS_DARK = re.compile(r"screen and \(prefers-color-scheme: ?dark\)")


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


def preview_css(base_css: str, accent: str, scheme: str) -> str:
    """The portal's colors and the biller's own, in one scheme whatever the browser prefers: `light`
    or `dark`."""
    styles = f"{base_css}\n{brand_css(accent)}:root{{color-scheme:{scheme}}}\n"
    return PREFERS_DARK.sub("all" if scheme == "dark" else "not all", styles)


@lru_cache(maxsize=256)
def brand_version(accent: str) -> str:
    """Changes when the style sheet would."""
    return sha256(brand_css(accent).encode()).hexdigest()[:10]


def _properties(colour: str) -> str:
    return f"--accent:{colour};--on-accent:{text_on(colour)};--link:{colour}"
