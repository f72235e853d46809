"""Unusual files: each must be imported completely, or refused with a helpful reason."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random

from django.core.management import CommandError, call_command
from openpyxl import Workbook

from bench.planted.faults import COLUMNS, Account
from bench.planted.files import accounts
from icsso.billers.models import Biller

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class WholeFile:
    """refusal: part of the reason why the file is refused; empty if all of it must be imported."""

    name: str
    write: Callable[[Rows], bytes]
    refusal: str = ""

    def is_right(self, folder: Path, biller: Biller, *, lines: int) -> str:
        """Imports such a file. Returns what is wrong; empty if nothing is."""
        made = list(accounts(lines, Random(1)))
        path = folder / "whole.dat"
        path.write_bytes(self.write([COLUMNS, *(account.cells() for account in made)]))
        try:
            call_command("import_accounts", path, biller=biller.slug, stdout=StringIO())
        except CommandError as error:
            return "" if self.refusal and self.refusal in str(error) else str(error)
        found = [Account(*cells) for cells in biller.accounts.values_list(*COLUMNS)]
        biller.accounts.all().delete()
        if self.refusal:
            return "it was not refused"
        wrong = [account for account in found if account not in made]
        return f"{len(made)} accounts, {len(found)} came, {wrong[:2]}" * (found != made)


def text(rows: Rows, *, delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def book(rows: Rows, *, titles: int = 0, hidden: bool = False, numbers: bool = False) -> bytes:
    made = Workbook()
    sheet = made.active
    if hidden:
        sheet.sheet_state = "hidden"
        sheet.append(["Parameters", "2026"])
        sheet = made.create_sheet("Accounts")
    for n in range(titles):
        sheet.append([f"Title {n}"])
    for row in rows:
        sheet.append(row)
    if numbers:  # shown with their zeros, stored without
        for cells in sheet.iter_rows(min_row=2):
            for cell, form in ((cells[0], "000000000"), (cells[5], "00000")):
                cell.value, cell.number_format = int(cell.value), form
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_header(rows: Rows, *names: str) -> Rows:
    return [names, *rows[1:]]


REPEATED = (*COLUMNS[:6], "phone", "phone")
OTHERS = (
    "Account No.",
    "Customer Name",
    "Service Address",
    "City",
    "ST",
    "Zip\nCode",
    "E-mail",
    "Phone #",
)
WHOLE_FILES = (
    WholeFile("as it should be", lambda rows: text(rows).encode()),
    WholeFile(
        "semicolons, BOM, CRLF",
        lambda rows: b"\xef\xbb\xbf" + text(rows, delimiter=";", end="\r\n").encode(),
    ),
    WholeFile("a line sep=;", lambda rows: ("sep=;\n" + text(rows, delimiter=";")).encode()),
    WholeFile("tabs, UTF-16", lambda rows: text(rows, delimiter="\t").encode("utf-16")),
    WholeFile("UTF-16 without its mark", lambda rows: text(rows).encode("utf-16-le")),
    WholeFile("bars", lambda rows: text(rows, delimiter="|").encode()),
    WholeFile("carets", lambda rows: text(rows, delimiter="^").encode()),
    WholeFile("tildes", lambda rows: text(rows, delimiter="~").encode()),
    WholeFile("an end-of-file mark", lambda rows: text(rows).strip().encode() + b"\x1a"),
    WholeFile("LF before CR", lambda rows: text(rows, end="\n\r").encode()),
    WholeFile("NEL alone", lambda rows: text(rows, end="\x85").encode(), "unusual way"),
    WholeFile("CR alone", lambda rows: text(rows, end="\r").encode()),
    WholeFile("titles above", lambda rows: ("Accounts\nRun 11/28/2026\n\n" + text(rows)).encode()),
    WholeFile(
        "a delimiter too many in each line",
        lambda rows: text([rows[0], *([*row, ""] for row in rows[1:])]).encode(),
    ),
    WholeFile(
        "empty columns at the end", lambda rows: text([[*row, "", ""] for row in rows]).encode()
    ),
    WholeFile(
        "other names, one of two lines", lambda rows: text(with_header(rows, *OTHERS)).encode()
    ),
    WholeFile(
        "invisible characters everywhere",
        lambda rows: text([[f"\u200b{cell}\u00a0" for cell in row] for row in rows]).encode(),
    ),
    WholeFile(
        "all quoted, zeros guarded",
        lambda rows: text([rows[0], *([f"'{row[0]}", *row[1:]] for row in rows[1:])]).encode(),
    ),
    WholeFile(
        "ANSI",
        lambda rows: text([rows[0], [*rows[1][:1], "JOSÉ", *rows[1][2:]]]).encode("cp1252"),
        "isn't in UTF-8",
    ),
    WholeFile(
        "a column name twice", lambda rows: text(with_header(rows, *REPEATED)).encode(), "twice"
    ),
    WholeFile("no column names", lambda rows: text(rows[1:]).encode(), "column names"),
    WholeFile("one column", lambda rows: text(rows, delimiter="!").encode(), "only one column"),
    WholeFile("a PDF", lambda rows: b"%PDF-1.7\n", "format is PDF"),
    WholeFile("a web page", lambda rows: b"<table><tr><td>1</td></tr></table>", "a web page"),
    WholeFile("old Excel", lambda rows: b"\xd0\xcf\x11\xe0" + bytes(600), "XLS"),
    WholeFile("empty", lambda rows: b"", "empty"),
    WholeFile("XLSX", book),
    WholeFile("XLSX with titles", lambda rows: book(rows, titles=4)),
    WholeFile("XLSX with a hidden first sheet", lambda rows: book(rows, hidden=True)),
    WholeFile("XLSX whose formats show the zeros", lambda rows: book(rows, numbers=True)),
)
