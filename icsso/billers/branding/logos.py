"""A biller's logo: checked when it is uploaded, redrawn as a small PNG, and served by the portal.

Whatever a file claims to be, only what Pillow decodes counts, and only the pixels are kept: no
metadata, no script, no second file behind the first.
"""

import warnings
from hashlib import sha256
from io import BytesIO
from struct import error as StructError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_BYTES = 2 * 1024 * 1024
# Decoding this many takes less than a second, and 64 MB.
MOST_PIXELS = 16_000_000
SIZE = (600, 200)  # the largest it is shown is 44 pixels high, on a screen with four times as many
# What Pillow raises for files that are broken, cut short, or made to break it.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, StructError, OverflowError, IndexError)
BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def as_png(data: bytes) -> bytes:
    """Returns the image as a PNG that fits into `SIZE`. Raises ValidationError."""
    if len(data) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 2 MB. Choose a smaller one."))
    if _is_markup(data):
        raise ValidationError(
            _("SVG files can contain programs, so they are not accepted. Save the logo as PNG.")
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _redrawn(data)
        except BOMB:
            raise ValidationError(_too_many_pixels()) from None
        except BROKEN:
            words = _("This file can't be read as an image. Choose a PNG, JPEG, WebP, or GIF file.")
            raise ValidationError(words) from None


def digest_of(image: bytes) -> str:
    """Returns the digest in the logo's URL, which changes with the logo."""
    return sha256(image).hexdigest()[:16]


def _redrawn(data: bytes) -> bytes:
    with Image.open(BytesIO(data), formats=FORMATS) as found:
        if found.width * found.height > MOST_PIXELS:  # known before anything is decoded
            raise ValidationError(_too_many_pixels())
        upright = ImageOps.exif_transpose(found).convert("RGBA")  # of several pictures, the first
    upright.thumbnail(SIZE)
    # A new image, because the other one still has the data that came with its pixels.
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    out = BytesIO()
    clean.save(out, "PNG", optimize=True)
    return out.getvalue()


def _is_markup(data: bytes) -> bool:
    return b"<svg" in data[:4096].lower() or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _too_many_pixels() -> str:
    return _("The image has too many pixels. Save it in a smaller size.")
