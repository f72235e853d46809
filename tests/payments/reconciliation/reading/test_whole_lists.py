"""Lists that are odd throughout, as other systems and spreadsheets write them: each line comes as
it is meant, or is named; the list itself is read, or refused with what to do."""

from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
from django.db import transaction
from openpyxl import Workbook

from backoffice.tables.table import UnreadableFile
from icsso.billers.models import Biller
from payments.reconciliation.importing import import_list
from tests.cast import Cast
from tests.payments.reconciliation.lists import finance
from tests.payments.reconciliation.reading.test_cases import DAY, listed, recorded, uploaded
from tests.payments.reconciliation.reading.test_cases import OURS as RECORDED

NAMES = ("PaymentGUID", "AccountNumber", "PaymentAmount", "ConvenienceFee", "PaymentDate")
OURS = (
    ("7fdf71f3-6c5e-4096-914d-4845df9dab4a", "0012-0034", "61.30", "2.95", "11/28/2026 2:11:13 AM"),
    ("c0efc75f-8c02-4818-9d4b-f2e2fbcdae78", "0012-0035", "65.50", "0.00", "11/28/2026 2:13:27 AM"),
)
Rows = Sequence[Sequence[str]]
Outcomes = list[tuple[str, str]]
MATCHED = ("matched", "")
NO_LINE, TOTALS = ("no-payment", "heading"), ("no-payment", "totals")


def text(*rows: Sequence[str], by: str = ",", end: str = "\n") -> bytes:
    return (end.join(by.join(row) for row in rows) + end).encode()


def changed(place: int, change: Callable[[str], str]) -> Rows:
    """Returns our payments with one column written otherwise."""
    return [[change(cell) if n == place else cell for n, cell in enumerate(row)] for row in OURS]


def book(*rows: Sequence[object], formats: dict[int, str] | None = None) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for column, code in (formats or {}).items():
        for [cell] in made.active.iter_rows(min_row=2, min_col=column, max_col=column):
            cell.number_format = code
    made.save(out := BytesIO())
    return out.getvalue()


READ: dict[str, tuple[bytes, Outcomes]] = {
    "tabs": (text(NAMES, *OURS, by="\t"), [MATCHED] * 2),
    "bars, CRLF": (text(NAMES, *OURS, by="|", end="\r\n"), [MATCHED] * 2),
    "semicolons, CR": (text(NAMES, *OURS, by=";", end="\r"), [MATCHED] * 2),
    "sep=": (b"sep=;\n" + text(NAMES, *OURS, by=";"), [MATCHED] * 2),
    "UTF-16": (text(NAMES, *OURS).decode().encode("utf-16"), [MATCHED] * 2),
    "two BOMs": (b"\xef\xbb\xbf" * 2 + text(NAMES, *OURS), [MATCHED] * 2),
    "all in quotation marks": (
        text(*[[f'"{cell}"' for cell in row] for row in (NAMES, *OURS)]),
        [MATCHED] * 2,
    ),
    "blanks after commas": (text(NAMES, *OURS, by=", "), [MATCHED] * 2),
    "one comma too many in each line": (
        text(NAMES, *[[*row, ""] for row in OURS]),
        [MATCHED] * 2,
    ),
    "colored columns": (text(*[[*row, "", ""] for row in (NAMES, *OURS)]), [MATCHED] * 2),
    "headings on each page": (
        text(NAMES, OURS[0], NAMES, OURS[1]),
        [MATCHED, NO_LINE, MATCHED],
    ),
    "dashes below the headings": (
        text(NAMES, ["-----"] * 5, *OURS),
        [NO_LINE, MATCHED, MATCHED],
    ),
    "grand total": (
        text(NAMES, *OURS, ["Grand Total:", "", "126.80", "2.95", ""]),
        [MATCHED, MATCHED, TOTALS],
    ),
    "total in the column of accounts": (
        text(NAMES, *OURS, ["", "Total", "126.80", "2.95", ""]),
        [MATCHED, MATCHED, TOTALS],
    ),
    "GUIDs in braces": (text(NAMES, *changed(0, "{{{}}}".format)), [MATCHED] * 2),
    "GUIDs without dashes": (
        text(NAMES, *changed(0, lambda guid: guid.replace("-", ""))),
        [MATCHED] * 2,
    ),
    "GUIDs in capitals": (text(NAMES, *changed(0, str.upper)), [MATCHED] * 2),
    "cells kept as text": (text(NAMES, *changed(1, '"=""{}"""'.format)), [MATCHED] * 2),
    "zeros and dashes of accounts lost": (
        text(NAMES, *changed(1, lambda number: number.lstrip("0").replace("-", ""))),
        [MATCHED] * 2,
    ),
    "dollar signs": (text(NAMES, *changed(2, "$ {}".format)), [MATCHED] * 2),
    "currency": (text(NAMES, *changed(2, "{} USD".format)), [MATCHED] * 2),
    "binary fractions": (text(NAMES, *changed(2, "{}0000000000004".format)), [MATCHED] * 2),
    "a day alone": (text(NAMES, *changed(4, lambda _: "11/28/2026")), [MATCHED] * 2),
    "a weekday": (text(NAMES, *changed(4, lambda _: "Sat Nov 28 2026")), [MATCHED] * 2),
    "days as numbers": (text(NAMES, *changed(4, lambda _: "46354.5")), [MATCHED] * 2),
    "SQL Server": (
        text(NAMES, *changed(4, lambda _: "2026-11-28 02:11:13.1234567")),
        [MATCHED] * 2,
    ),
    "Oracle": (
        text(NAMES, *changed(4, lambda _: "28-NOV-26 02.11.13.000000 AM")),
        [MATCHED] * 2,
    ),
    "a weekday of another day": (
        text(NAMES, *changed(4, lambda _: "Mon Nov 28 2026")),
        [("unreadable", "date")] * 2,
    ),
    "days in Spanish": (
        text(NAMES, *changed(4, lambda _: "28 de noviembre de 2026")),
        [MATCHED] * 2,
    ),
    "Db2": (text(NAMES, *changed(4, lambda _: "2026-11-28-02.11.13.000000")), [MATCHED] * 2),
    "GUIDs in parentheses": (text(NAMES, *changed(0, "({})".format)), [MATCHED] * 2),
    "GUIDs in typographic quotation marks": (
        text(NAMES, *changed(0, "\u201c{}\u201d".format)),
        [MATCHED] * 2,
    ),
    "accounts kept as text by a word processor": (
        text(NAMES, *changed(1, "\u2019{}".format)),
        [MATCHED] * 2,
    ),
    "days first": (
        text(NAMES, *changed(4, lambda _: "28/11/2026")),
        [("unreadable", "date")] * 2,
    ),
    "commas for points": (
        text(NAMES, *changed(2, lambda sum: f'"{sum.replace(".", ",")}"')),
        [("unreadable", "amount")] * 2,
    ),
    "amounts in cents": (
        text(NAMES, *changed(2, lambda sum: sum.replace(".", ""))),
        [("different", "")] * 2,
    ),
    "rounded amounts": (text(NAMES, *changed(2, lambda sum: sum[:2])), [("different", "")] * 2),
    "numbers in a workbook": (
        book(
            NAMES,
            *[[row[0], row[1], float(row[2]), float(row[3]), 46354.0911] for row in OURS],
            formats={3: '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', 5: "m/d/yyyy h:mm"},
        ),
        [MATCHED] * 2,
    ),
    "accounts as numbers with a format": (
        book(
            NAMES,
            *[[row[0], int(row[1].replace("-", "")), *row[2:]] for row in OURS],
            formats={2: "0000-0000"},
        ),
        [MATCHED] * 2,
    ),
    "total of each batch": (
        text(NAMES, OURS[0], ["Batch 17 total", "", "61.30", "2.95", ""], OURS[1]),
        [MATCHED, TOTALS, MATCHED],
    ),
    "GUIDs kept as text": (text(NAMES, *changed(0, "'{}".format)), [MATCHED] * 2),
    "everything kept as text": (
        text(NAMES, *[[f'"=""{cell}"""' for cell in row] for row in OURS]),
        [MATCHED] * 2,
    ),
    "no GUIDs": (text(NAMES, *changed(0, lambda _: "N/A")), [MATCHED] * 2),
    "no accounts": (text(NAMES, *changed(1, lambda _: "#N/A")), [("unreadable", "account")] * 2),
    "no days": (text(NAMES, *changed(4, lambda _: "0000-00-00")), [("ambiguous", "date")] * 2),
    "UTC": (text(NAMES, *changed(4, lambda _: "2026-11-28T08:11:13Z")), [MATCHED] * 2),
    "columns too narrow": (
        text(NAMES, *changed(2, lambda _: "#####")),
        [("unreadable", "amount")] * 2,
    ),
    "parentheses": (text(NAMES, *changed(2, "({})".format)), [("reversed", "")] * 2),
    "cells missing": (text(NAMES, *[row[:3] for row in OURS]), [("unreadable", "columns")] * 2),
    "the same line twice": (
        text(NAMES, *OURS, OURS[0]),
        [MATCHED, MATCHED, ("ambiguous", "repeated")],
    ),
    "a note that says void": (
        text(
            (*NAMES, "Notes"), [*OURS[0], "VOID - entered twice"], [*OURS[1], "Will return Monday"]
        ),
        [("ambiguous", "status"), MATCHED],
    ),
    "notes with a remark, which may be about anything": (
        text(
            (*NAMES, "Notes"),
            [*OURS[0], "Returned: mail undeliverable"],
            [*OURS[1], "Chargeback - none"],
        ),
        [("ambiguous", "status")] * 2,
    ),
    "page footers": (
        text(NAMES, OURS[0], ["Page 1 of 2", "", "", "", ""], OURS[1]),
        [MATCHED, ("unreadable", "guid"), MATCHED],
    ),
    "a title in merged cells": (book(["Payments of 11/28/2026"], [], NAMES, *OURS), [MATCHED] * 2),
}
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no lines after the column names"),
    "headings alone": (text(NAMES), "no lines after the column names"),
    "not UTF-8": (
        text(NAMES, *OURS, ["x", "Núñez", "", "", ""]).decode().encode("cp1252"),
        "UTF-8",
    ),
    "PDF": (b"%PDF-1.7\n", "format is PDF"),
    "old Excel": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an old Excel file"),
    "an archive": (b"PK\x03\x04" + b"\0" * 600, "can't be read as a spreadsheet"),
}


def test_each_line_is_what_it_is(cast: Cast) -> None:
    for facts in RECORDED:
        recorded(cast, *facts)
    found = {}
    for case, (content, _) in READ.items():
        with transaction.atomic():
            found[case] = listed(uploaded(cast, content))
            transaction.set_rollback(True)
    assert found == {case: expected for case, (_, expected) in READ.items()}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_list_is_refused_with_the_reason(biller: Biller, case: str) -> None:
    content, reason = REFUSED[case]
    with pytest.raises(UnreadableFile, match=reason):
        import_list(BytesIO(content), name="x", biller=biller, days=(DAY, DAY), by=finance(biller))
