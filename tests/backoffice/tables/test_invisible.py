"""What programs wrap cells in is removed, and what only begins and ends with such marks is not."""

import pytest

from backoffice.tables.invisible import unwrapped


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="0012"', "0012"),
        ('= "0012"', "0012"),
        ("'0012'", "0012"),
        ("`0012`", "0012"),
        ("`0012'", "0012"),
        ("\u00b40012\u00b4", "0012"),
        ("\u20180012\u2019", "0012"),
        ("\u20190012\u2019", "0012"),
        ("\u201c 0012 \u201d", "0012"),
        ("'ANN O'BRIEN'", "ANN O'BRIEN"),
        ("\u2018ANN O\u2019BRIEN\u2019", "ANN O\u2019BRIEN"),
        ("\u201cTHE JONES' HOUSE\u201d", "THE JONES' HOUSE"),
    ],
)
def test_marks_around_a_cell_are_removed(cell: str, text: str) -> None:
    assert unwrapped(cell) == text


@pytest.mark.parametrize(
    "cell",
    [
        "\u201cA\u201d and \u201cB\u201d",
        "\u2018A\u2019 and \u2018B\u2019",
        "'a' 'b'",
        "\u00b412`",
        "\u201c12\u201c",
        "'12\u201d",
        "''",
        "'",
        '=A1&"0012"',
        "=0012",
        "O'BRIEN'",
    ],
)
def test_marks_that_are_no_pair_around_the_cell_stay(cell: str) -> None:
    assert unwrapped(cell) == cell
