"""Any colour an operator can write becomes one that everybody can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icsso.billers import colors as colour

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_wcag():
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert colour.contrast("#0b5cad", "#0b5cad") == 1


def test_a_readable_colour_stays_as_it_is():
    assert colour.is_readable("#0b5cad")
    assert colour.readable_on("#0b5cad", colour.LIGHT_GROUND) == "#0b5cad"


def test_a_pale_colour_is_refused_and_the_nearest_keeps_its_hue():
    assert not colour.is_readable("#ffcc00")
    nearest = colour.nearest_readable("#ffcc00")
    assert colour.is_readable(nearest)
    red, green, blue = bytes.fromhex(nearest[1:])
    assert red > green > blue == 0


@given(COLOURS)
def test_text_on_any_colour_reads(accent):
    assert colour.contrast(colour.text_on(accent), accent) >= 4.5


@given(COLOURS)
def test_links_of_any_colour_read_on_every_ground(accent):
    light = colour.readable_on(accent, colour.LIGHT_GROUND)
    dark = colour.readable_on(accent, colour.DARK_GROUND)
    for ground in ("#ffffff", "#f2f4f6"):
        assert colour.contrast(light, ground) >= 4.5
    for ground in ("#14181c", "#20262c"):
        assert colour.contrast(dark, ground) >= 4.5


@given(COLOURS)
def test_one_step_less_would_not_read(accent):
    """The nearest shade, not just any."""
    nearest = colour.nearest_readable(accent)
    if nearest != accent:
        assert colour.contrast(nearest, colour.LIGHT_GROUND) < 4.8


@pytest.mark.parametrize("wrong", ["", "blue", "#fff", "#12345g", "0b5cad0", "#0b5cad;}"])
def test_what_is_no_colour_is_an_error(wrong):
    with pytest.raises(ValueError):  # noqa: PT011
        colour.readable_on(wrong, colour.LIGHT_GROUND)
