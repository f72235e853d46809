"""A biller's colour made readable: contrast as WCAG 2.2 defines it, and the nearest shade.

Colours are `#rrggbb`. ValueError for anything else.
"""

from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache

TEXT_CONTRAST = 4.5
# The least favourable ground of each scheme (static/css/base.css, --raised): what reads there
# reads on the page's own ground as well.
LIGHT_GROUND = "#f2f4f6"
DARK_GROUND = "#20262c"
BLACK, WHITE = "#000000", "#ffffff"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_on(colour: str) -> str:
    """Black or white, whichever reads better on the colour (one of them always reaches 4.58)."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, colour))


def reads_on(colour: str, ground: str) -> bool:
    return contrast(colour, ground) >= TEXT_CONTRAST


@lru_cache(maxsize=1024)
def readable_on(colour: str, ground: str) -> str:
    """The colour itself if it reads on the ground, else the nearest shade of its hue that does."""
    hue, lightness, saturation = rgb_to_hls(*_channels(colour))
    away = -1 if _luminance(ground) > _luminance("#777777") else 1
    shade, step = colour, 0
    while not reads_on(shade, ground):
        step += 1
        shade = _written(hls_to_rgb(hue, _clamp(lightness + away * step / 255), saturation))
    return shade


def is_readable(colour: str) -> bool:
    """Whether the portal may show the colour as it is, as the colour of links on the page.

    No colour reads both on white and on a dark page: for dark a lighter shade is computed.
    """
    return reads_on(colour, LIGHT_GROUND)


def nearest_readable(colour: str) -> str:
    """What to offer for a colour that is not."""
    return readable_on(colour, LIGHT_GROUND)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[float, float, float]:
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError("not a colour like #0b5cad")
    red, green, blue = bytes.fromhex(colour[1:])
    return red / 255, green / 255, blue / 255


def _written(channels: tuple[float, float, float]) -> str:
    return "#" + bytes(round(channel * 255) for channel in channels).hex()


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))
