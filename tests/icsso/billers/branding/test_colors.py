"""Any color an operator can write becomes one that everybody can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icsso.billers.branding import colors as color

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_wcag():
    assert color.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert color.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert color.contrast("#0b5cad", "#0b5cad") == 1


def test_a_readable_color_stays_as_it_is():
    assert color.is_readable("#0b5cad")
    assert color.readable_on("#0b5cad", color.LIGHT_GROUND) == "#0b5cad"


def test_a_pale_color_is_refused_and_the_nearest_keeps_its_hue():
    assert not color.is_readable("#ffcc00")
    nearest = color.nearest_readable("#ffcc00")
    assert color.is_readable(nearest)
    red, green, blue = bytes.fromhex(nearest[1:])
    assert red > green > blue == 0


@given(COLOURS)
def test_text_on_any_color_reads(accent):
    assert color.contrast(color.text_on(accent), accent) >= 4.5


@given(COLOURS)
def test_links_of_any_color_read_on_every_ground(accent):
    light = color.readable_on(accent, color.LIGHT_GROUND)
    dark = color.readable_on(accent, color.DARK_GROUND)
    for ground in ("#ffffff", "#f2f4f6"):
        assert color.contrast(light, ground) >= 4.5
    for ground in ("#14181c", "#20262c"):
        assert color.contrast(dark, ground) >= 4.5


@given(COLOURS)
def test_one_step_less_would_not_read(accent):
    """The nearest shade, not just any."""
    nearest = color.nearest_readable(accent)
    if nearest != accent:
        assert color.contrast(nearest, color.LIGHT_GROUND) < 4.8


@pytest.mark.parametrize("wrong", ["", "blue", "#fff", "#12345g", "0b5cad0", "#0b5cad;}"])
def test_what_is_no_color_is_an_error(wrong):
    with pytest.raises(ValueError):  # noqa: PT011
        color.readable_on(wrong, color.LIGHT_GROUND)
