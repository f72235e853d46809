"""Card numbers never reach the database."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from payments.postbacks.card_numbers import card_numbers, masked, passes_luhn

DIGITS = st.text("0123456789", min_size=12, max_size=18)
GAPS = st.text(st.characters(codec="utf-8", exclude_categories=["L", "N", "Cs"]), max_size=3)
AROUND = st.text(st.characters(codec="utf-8", exclude_categories=["Nd"]), max_size=20)


def with_check_digit(digits: str) -> str:
    return next(digits + last for last in "0123456789" if passes_luhn(digits + last))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("4111111111111111", "************1111"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
        ("card 4111 1111 1111 1111 12 26 ok", "card **** **** **** 1111 12 26 ok"),
        ("5500005555555559,378282246310005", "************5559,***********0005"),
        ("x4222222222222x", "x*********2222x"),
        ("4111/1111/1111/1111", "****/****/****/1111"),
        ("4111 - 1111 - 1111 - 1111", "**** - **** - **** - 1111"),
        ("4111_1111\u20111111\u200b1111", "****_****\u2011****\u200b1111"),
        ("4111\n1111\t1111, 1111", "****\n****\t****, 1111"),
        ("４１１１ １１１１ １１１１ １１１１", "**** **** **** １１１１"),
        ("41/11/1111 11:11:11:11", "**/**/**** **:**:11:11"),
    ],
)
def test_card_numbers_are_struck_out_but_for_four_digits(text: str, safe: str) -> None:
    assert masked(text) == safe


@pytest.mark.parametrize(
    "text",
    [
        "4111-1111-1111-1111-0000-0000-0000-0000",
        "4111111111111111-0000000000000000",
        "{4111111111111111-0000000000000000}",
        "urn:uuid:41111111-1111-1111-0000-000000000000",
    ],
)
def test_only_a_guid_in_its_usual_form_may_hold_one(text: str) -> None:
    assert not {"4111-1111-1111-1111", "4111111111111111"} & card_numbers(masked(text))
    assert "1111-1111" not in masked(text)
    assert "41111111" not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "411111111111",
        "41111111111111111111111111",
        "11/23/2026 3:04:05 PM",
        "11/23/2026 12:04:09 PM",
        "11/23/2026 12:04:09\u202fPM",
        "1,234.50",
        "0b8e3f6e-6f0d-4a57-8f6a-2f3f8d1c9a10",
        "e1211111-1111-1111-1111-111111111111",
        "",
    ],
)
def test_what_is_no_card_number_stays(text: str) -> None:
    assert masked(text) == text


def test_a_number_that_is_known_as_something_else_stays() -> None:
    assert masked("4111111111111111", besides={"4111111111111111"}) == "4111111111111111"
    assert "4111111111111111" in card_numbers("4111 1111 1111 1111")


@given(digits=DIGITS, before=AROUND, after=AROUND, gap=GAPS)
def test_wherever_it_stands_and_however_it_is_grouped(
    digits: str, before: str, after: str, gap: str
) -> None:
    number = with_check_digit(digits)
    assume(13 <= len(number) <= 19)
    groups = gap.join(number[at : at + 4] for at in range(0, len(number), 4))
    safe = masked(f"{before}{groups}{after}")
    assert groups not in safe
    left = "".join(sign for sign in safe if sign in "0123456789")
    assert left.endswith(number[-4:])
    assert len(left) == 4


@given(digits=DIGITS, zero=st.sampled_from("0\u0660\uff10\U0001d7ce"))
def test_in_the_digits_of_every_script(digits: str, zero: str) -> None:
    number = with_check_digit(digits)
    written = "".join(chr(ord(zero) + int(digit)) for digit in number)
    assert masked(written) == "*" * (len(number) - 4) + written[-4:]


@pytest.mark.parametrize("piece", ["1", "1 ", "1 - ", "1--", "4111 1111 ", "1" * 19 + " ", " -"])
def test_the_longest_postback_is_read_through(piece: str) -> None:
    """Hangs where the work grows with the square of the length."""
    text = piece * (200_000 // len(piece))
    assert len(masked(text)) == len(text)


@given(st.text(max_size=200))
def test_nothing_but_digits_is_changed_and_the_length_stays(text: str) -> None:
    safe = masked(text)
    assert len(safe) == len(text)
    assert all(
        new == old or (new == "*" and old.isdigit()) for new, old in zip(safe, text, strict=True)
    )
    assert masked(safe) == safe
