"""A biller's color made readable: contrast as WCAG 2.2 defines it, and the nearest shade.

Colors are `#rrggbb`. Anything else raises ValueError.
"""

from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache

TEXT_CONTRAST = 4.5
# The least favorable background of each scheme (static/css/base.css, --raised): text that is
# readable there is readable on the page background too.
LIGHT_GROUND = "#f2f4f6"
DARK_GROUND = "#20262c"
BLACK, WHITE = "#000000", "#ffffff"


def contrast(one: str, other: str) -> float:
    """Returns the contrast ratio of two colors, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_on(color: str) -> str:
    """Returns black or white, whichever is more readable on the color (one always reaches 4.58)."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, color))


def reads_on(color: str, ground: str) -> bool:
    return contrast(color, ground) >= TEXT_CONTRAST


@lru_cache(maxsize=1024)
def readable_on(color: str, ground: str) -> str:
    """Returns the color if it is readable on the background, else its nearest readable shade."""
    hue, lightness, saturation = rgb_to_hls(*_channels(color))
    away = -1 if _luminance(ground) > _luminance("#777777") else 1
    shade, step = color, 0
    while not reads_on(shade, ground):
        step += 1
        shade = _written(hls_to_rgb(hue, _clamp(lightness + away * step / 255), saturation))
    return shade


def is_readable(color: str) -> bool:
    """Returns whether links can have this color on a light page.

    No color is readable on both white and a dark page: for dark, a lighter shade is computed.
    """
    return reads_on(color, LIGHT_GROUND)


def nearest_readable(color: str) -> str:
    """Returns the color to suggest instead of one that is not readable."""
    return readable_on(color, LIGHT_GROUND)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(color: str) -> tuple[float, float, float]:
    if len(color) != 7 or color[0] != "#":
        raise ValueError("not a color like #0b5cad")
    red, green, blue = bytes.fromhex(color[1:])
    return red / 255, green / 255, blue / 255


def _written(channels: tuple[float, float, float]) -> str:
    return "#" + bytes(round(channel * 255) for channel in channels).hex()


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))
