"""QR codes for printing: 29 by 29 modules for a host name of up to 29 characters."""

from io import BytesIO

import segno

# Of the eight masks, the standard takes the one with the fewest large areas of one color. Trying
# them all takes six times as long, and encrypted contents have no large areas with any mask.
MASK = 3
QUIET_ZONE = 4  # modules, as required by the standard
PIXELS, DPI = 10, 600  # of a module: 0.42 mm, read by any phone


def drawing(text: str, kind: str) -> bytes:
    """Returns an SVG without a size of its own, or a PNG to print at 600 dpi."""
    code = segno.make_qr(text, error="m", mask=MASK)
    file = BytesIO()
    if kind == "svg":
        code.save(
            file, kind="svg", border=QUIET_ZONE, light="#fff", omitsize=True, svgclass=None,
            lineclass=None, nl=False,
        )  # fmt: skip
    else:
        code.save(file, kind="png", border=QUIET_ZONE, scale=PIXELS, dpi=DPI)
    return file.getvalue()
