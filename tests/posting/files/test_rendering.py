"""How each value is written, and what is refused."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.models.reversal import Reversal
from posting.entries import PAYMENT, Entry
from posting.files.fields import FIELDS, GROUPS, LINE, Summary, first_format
from posting.files.rendering import Renderer, Unfit

GUID = UUID("0b4a7a3e-43cb-4b9b-8a3b-2f1f7a5d9c01")
NOON = datetime(2026, 12, 4, 18, 5, 9, tzinfo=UTC)
CSV = {
    "form": "csv", "delimiter": ",", "quoting": "needed", "has_headings": False,
    "line_ending": "lf", "encoding": "utf-8", "time_zone": "America/New_York",
}  # fmt: skip
FIXED = {**CSV, "form": "fixed", "encoding": "cp1252"}


def entry(**facts: Any) -> Entry:
    known = {
        "payment_line_id": 7,
        "reversal_line_id": None,
        "kind": PAYMENT,
        "payment_guid": GUID,
        "invoice_number": "A-1",
        "account_number": "10000101",
        "amount": Decimal("1234.50"),
        "fee": Decimal("0.00"),
        "paid_at": NOON,
        "happened_at": NOON,
        "method": "Visa",
        "reference": "",
    }
    return Entry(**{**known, **facts})  # type: ignore[arg-type]


def column(field: str, **facts: Any) -> dict[str, Any]:
    known = {
        "record": LINE, "field": field, "heading": "", "literal": "", "width": None,
        "fill": "left", "format": first_format(field), "may_cut": False,
    }  # fmt: skip
    return {**known, **facts}


def line(*columns: dict[str, Any], of: Entry | None = None, **layout: Any) -> str:
    known = {**(FIXED if columns[0]["width"] else CSV), **layout}
    renderer = Renderer({**known, "columns": list(columns)})
    return renderer.lines([of or entry()]).decode(renderer.encoding)


@pytest.mark.parametrize(
    ("format", "paid", "taken"),
    [
        ("decimal", "1234.50", "-1234.50"),
        ("decimal_trailing", "1234.50", "1234.50-"),
        ("decimal_unsigned", "1234.50", "1234.50"),
        ("cents", "123450", "-123450"),
        ("cents_trailing", "123450", "123450-"),
        ("cents_unsigned", "123450", "123450"),
    ],
)
def test_amounts(format: str, paid: str, taken: str) -> None:
    as_written = column("amount", format=format)
    assert line(as_written) == f"{paid}\n"
    assert line(as_written, of=entry(amount=Decimal("-1234.50"))) == f"{taken}\n"


def test_every_moment_is_written_as_its_label_says_in_the_billers_zone() -> None:
    for formats in GROUPS.values():
        if "iso" in formats:
            for name, written in formats.items():
                assert line(column("paid_at", format=name)) == f"{written.label}\n"


def test_other_contents() -> None:
    taken = entry(kind=Reversal.Kind.RETURNED.value, amount=Decimal("-5.00"), reversal_line_id=3)
    cases = {
        ("kind", "letter"): "P R",
        ("kind", "word"): "payment returned",
        ("effect", "sign"): "+ -",
        ("effect", "cd"): "C D",
        ("effect", "crdr"): "CR DR",
        ("key", ""): "P7 R3",
        ("total", "decimal"): "1234.50 -5.00",
        ("payment_guid", "plain"): f"{GUID.hex} {GUID.hex}",
        ("payment_guid", "upper"): f"{GUID} {GUID}".upper(),
    }
    for (field, format), words in cases.items():
        each = column(field, format=format)
        assert f"{line(each)}{line(each, of=taken)}" == words.replace(" ", "\n") + "\n"


@pytest.mark.parametrize(
    ("facts", "written"),
    [
        ({"fill": "left"}, "123450    "),
        ({"fill": "right"}, "    123450"),
        ({"fill": "zeros"}, "0000123450"),
        ({"fill": "zeros", "negative": True}, "-000123450"),
    ],
)
def test_widths(facts: dict[str, Any], written: str) -> None:
    amount = Decimal("-1234.50") if facts.pop("negative", False) else Decimal("1234.50")
    columns = column("amount", width=10, format="cents", **facts)
    assert line(columns, of=entry(amount=amount)) == f"{written}\n"


def test_fixed_text_and_blanks() -> None:
    columns = [column("literal", literal="D", width=1), column("literal", width=3)]
    assert line(*columns, column("account_number", width=8)) == "D   10000101\n"


@pytest.mark.parametrize("field", ["account_number", "amount", "invoice_number", "payment_guid"])
def test_what_does_not_fit_is_never_cut(field: str) -> None:
    with pytest.raises(Unfit) as failure:
        line(column(field, width=2))
    assert failure.value.about == str(GUID)
    assert str(FIELDS[field].label) in failure.value.in_words


def test_words_are_cut_if_that_is_allowed() -> None:
    assert line(column("method", width=2, may_cut=True)) == "Vi\n"
    with pytest.raises(Unfit):
        line(column("method", width=2))


@pytest.mark.parametrize(
    ("quoting", "invoice", "written"),
    [
        ("needed", "A-1", "A-1"),
        ("needed", "A,1", '"A,1"'),
        ("needed", 'A"1', '"A""1"'),
        ("all", "A-1", '"A-1"'),
        ("none", "A-1", "A-1"),
    ],
)
def test_quotation_marks(quoting: str, invoice: str, written: str) -> None:
    found = line(column("invoice_number"), of=entry(invoice_number=invoice), quoting=quoting)
    assert found == f"{written}\n"


@pytest.mark.parametrize("invoice", ["A,1", 'A"1'])
def test_without_quotation_marks_nothing_may_need_them(invoice: str) -> None:
    with pytest.raises(Unfit):
        line(column("invoice_number"), of=entry(invoice_number=invoice), quoting="none")


@pytest.mark.parametrize("account", ["1\n2", "1\r2", "1\x002", "1\u20282"])
def test_no_line_is_broken_in_two(account: str) -> None:
    with pytest.raises(Unfit):
        line(column("account_number"), of=entry(account_number=account))
    assert line(column("method"), of=entry(method=account)) == "1 2\n"


def test_what_the_encoding_lacks() -> None:
    words, number = column("method", width=8), column("account_number", width=8)
    assert line(words, of=entry(method="Débito→"), encoding="ascii") == "Debito? \n"
    assert line(words, of=entry(method="Débito")) == "Débito  \n"
    with pytest.raises(Unfit) as failure:
        line(number, of=entry(account_number="Ñ1"), encoding="ascii")
    assert failure.value.about == str(GUID)


def test_a_spreadsheet_runs_no_words_and_identifiers_stay_exact() -> None:
    columns = (column("method"), column("account_number"), column("amount"))
    of = entry(method="=1+1", account_number="-101", amount=Decimal("-5.00"))
    assert line(*columns, of=of) == "'=1+1,-101,-5.00\n"


def test_header_headings_and_trailer() -> None:
    summary = Summary(12, "a.csv", NOON, 3, 1, Decimal("-5.00"), Decimal("1.25"))
    ends = [
        column(name, record=record)
        for record, names in {
            "header": ("file_number", "file_name", "lines"),
            "trailer": ("payments", "reversals", "sum_amount", "sum_fee", "sum_total"),
        }.items()
        for name in names
    ]
    columns = [*ends, column("amount", heading="Betrag"), column("fee")]
    layout = {**CSV, "has_headings": True, "line_ending": "crlf", "encoding": "utf-8-sig"}
    renderer = Renderer({**layout, "columns": columns})
    assert renderer.first(summary) == b"\xef\xbb\xbf12,a.csv,4\r\nBetrag,fee\r\n"
    assert renderer.last(summary) == b"3,1,-5.00,1.25,-3.75\r\n"


@given(
    cents=st.integers(-(10**9), 10**9),
    account=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20),
)
def test_every_line_of_fixed_width_has_it(cents: int, account: str) -> None:
    amount = Decimal(cents).scaleb(-2)
    columns = [
        column("account_number", width=20),
        column("amount", width=12, fill="zeros", format="cents"),
        column("fee", width=8, fill="right"),
    ]
    written = line(*columns, of=entry(amount=amount, account_number=account))
    assert len(written) == 41
    assert int(written[20:32]) == cents
