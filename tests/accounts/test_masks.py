"""What is shown of an email or an account number is never all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.masks import masked_email, number_ending
from accounts.models import UtilityAccount


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("10000104", "0104"),
        ("0101", "01"),
        ("101", "1"),
        ("17", "7"),
        ("7", "…"),
        ("", "…"),
        ("12-3456-00", "56-00"),
        ("A-1", "1"),
        ("---", "…"),
        ("1234567", "567"),
    ],
)
def test_the_end_of_a_number(number: str, shown: str) -> None:
    assert number_ending(number) == shown
    assert str(UtilityAccount(account_number=number).masked_number) == f"ending in {shown}"


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=50))
def test_at_most_four_and_at_most_half(number: str) -> None:
    shown = sum(sign.isalnum() for sign in number_ending(number))
    assert shown <= 4
    assert shown * 2 <= sum(sign.isalnum() for sign in number)


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("jane@example.com", "j…@e….com"),
        ("jo@ex.com", "j…@e….com"),
        ("j@example.com", "…@e….com"),
        ("j@x.com", "…@….com"),
        ("not an email", ""),
        ("jane@localhost", "j…@l…"),
    ],
)
def test_an_email(email: str, masked: str) -> None:
    assert masked_email(email) == masked
