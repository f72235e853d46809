"""Files for operators: nothing in them runs in a spreadsheet, and memory stays flat."""

import csv
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from backoffice.exports import files as exports
from backoffice.exports.files import csv_text, one_by_one, safe_in_csv, safe_text, xlsx_file
from backoffice.exports.safe_text import unguarded
from icsso.billers.models import Biller

NOON = datetime(2026, 11, 23, 12, 0, 5, tzinfo=ZoneInfo("America/New_York"))
ROW = ["Ana Torres", Decimal("-84.20"), 7, NOON, None, "=1+1"]


def test_csv_is_utf8_with_a_line_for_each_row() -> None:
    text = "".join(csv_text(["name", "=heading"], [ROW, ["Núñez, A.", "x"]]))
    assert text == (
        '\ufeff"name","\'=heading"\r\n'
        '"Ana Torres","-84.20","7","2026-11-23 12:00:05-05:00","","\'=1+1"\r\n'
        '"Núñez, A.","x"\r\n'
    )


def test_xlsx_has_numbers_and_times_as_such_and_no_formula() -> None:
    with xlsx_file(["name"], [ROW]) as file:
        sheet = load_workbook(file).active
        cells = list(sheet.iter_rows())
    assert cells[0][0].value == "name"
    assert [cell.value for cell in cells[1]] == [
        "Ana Torres",
        -84.2,
        7,
        datetime(2026, 11, 23, 12, 0, 5),  # noqa: DTZ001  as Excel has it
        None,
        "'=1+1",
    ]
    assert "f" not in {cell.data_type for cell in cells[1]}


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (" =1", "' =1"),
        ("＝1+1", "'＝1+1"),
        ("\u3000＋1", "'\u3000＋1"),
        ("－1", "'－1"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("−1", "'−1"),
        ("\x00=1", "'=1"),
        ("a\x07b\ud800c", "abc"),
        ("x" * 40_000, "x" * 32_000),
        ("12 Mill Street", "12 Mill Street"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_text_is_run_by_a_spreadsheet(text: str, safe: str) -> None:
    assert safe_text(text) == safe


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "text",
    [
        "x;=cmd|' /C calc'!A0",
        "x\t=cmd|' /C calc'!A0",
        "x\n=1+1",
        "x; +1",
        "x;\t-1",
        'x;"=1+1"',
        'x";"@SUM(A1)',
        'x,"=1+1',
        "x;＝1+1",
        "x\n－1",
    ],
)
def test_wherever_a_spreadsheet_splits_no_cell_begins_with_a_formula(
    text: str, separator: str
) -> None:
    written = "".join(csv_text(["first", "second"], [[text, "y"], ["y", text]]))
    lines = csv.reader(StringIO(written, newline=""), delimiter=separator)
    cells = [cell.lstrip() for line in lines for cell in line]
    assert [cell for cell in cells if cell.startswith(tuple("=+-@＝＋－＠"))] == []


def test_whatever_looks_like_a_sign_is_guarded_and_comes_back() -> None:
    plain = set("=+-@−")
    signs = [sign for sign in map(chr, range(0x11000)) if normalize("NFKC", sign)[:1] in plain]
    assert len(signs) > 20
    for text in [f"{sign}1" for sign in signs] + [f"x;{sign}1" for sign in signs]:
        assert safe_in_csv(text) != text
        assert unguarded(safe_in_csv(text)) == text


def test_what_is_no_formula_stays_as_it_is_behind_a_separator() -> None:
    text = "12 Mill Street; back door\n a=b; c-d"
    assert safe_in_csv(text) == text


def test_more_rows_than_a_sheet_takes_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "LARGEST_SHEET", 3)
    with xlsx_file(["number"], [[number] for number in range(1, 6)]) as file:
        sheets = load_workbook(file).worksheets
        found = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in sheets]
    assert found == [["number", 1, 2, 3], ["number", 4, 5]]


def test_rows_are_asked_for_as_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH", 10)
    asked = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal asked
        for asked in range(1, 101):
            yield [asked]

    pieces = csv_text(["number"], rows())
    next(pieces)
    assert asked == 10


def test_every_row_comes_once_the_newest_first(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH", 3)
    for number in range(7):
        Biller.objects.create(slug=f"biller-{number}", name=f"{9 - number}")
    found = [biller.slug for biller in one_by_one(Biller.objects.exclude(slug="biller-2"))]
    assert found == [f"biller-{number}" for number in (6, 5, 4, 3, 1, 0)]
    assert list(one_by_one(Biller.objects.none())) == []
