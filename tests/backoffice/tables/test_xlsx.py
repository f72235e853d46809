"""Spreadsheets that staff upload: what is read of them, and what a hostile one gets."""

import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import WINDOWS_EPOCH

from backoffice.exports.safe_text import safe_in_csv, safe_text, unguarded
from backoffice.tables.files import read_table
from backoffice.tables.mapping import hidden_line
from backoffice.tables.number_formats import NumberFormats
from backoffice.tables.table import Row, UnreadableFile
from backoffice.tables.xlsx_markup import Handler, parse
from icsso.client.parsing import is_rounded
from tests.memory import peak

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
UNREADABLE = "be read as a spreadsheet"


def test_a_spreadsheet_gives_its_rows_as_text() -> None:
    rows: list[list[object]] = [
        ["Account Number", "Name", "Zip"],
        [10000101, "José Núñez", "02134"],
        [],
        ["10000102", None, 62701.0],
        [1.5, "Ana", True],
    ]
    table = read_table(_workbook(rows))
    assert table.header == ["Account Number", "Name", "Zip"]
    wanted = [
        Row(2, ["10000101", "José Núñez", "02134"]),
        Row(4, ["10000102", "", "62701"]),
        Row(5, ["1.5", "Ana", "TRUE"]),
    ]
    assert list(table) == wanted
    assert list(table) == wanted  # as often as one wants
    assert table.progress == 1


def test_rows_with_repeated_numbers_are_rows() -> None:
    sheet = _sheet(*(f"<c><v>{n}</v></c>" for n in range(3))).replace("<row", '<row r="1"')
    assert [row.cells for row in read_table(_file(sheet))] == [["1"], ["2"]]


def test_shared_strings_prefixes_and_what_is_pronounced() -> None:
    strings = (
        f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>name</x:t></x:si><x:si><x:r><x:t>Mei </x:t></x:r>'
        "<x:r><x:t>Chen</x:t></x:r><x:rPh><x:t>meichen</x:t></x:rPh></x:si></x:sst>"
    )
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c></x:row>'
        '<x:row><x:c t="s"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    table = read_table(_file(sheet, strings=strings))
    assert (table.header, list(table)) == (["name"], [Row(2, ["Mei Chen"])])


def test_many_shared_strings_are_found_in_any_order() -> None:
    texts = [f"{n} {'x' * (n % 300)}" for n in range(1_000)]
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    order = [0, *range(999, 0, -1), 500]
    sheet = _sheet(*(f'<c t="s"><v>{n}</v></c>' for n in order))
    table = read_table(_file(sheet, strings=f"<sst>{strings}</sst>"))
    assert [row.cells[0] for row in table.rows()] == [texts[n] for n in order]


def test_what_xml_cannot_hold_is_read_as_it_was() -> None:
    cell = '<c t="str"><v>7 Elm St_x000D_&#10;Apt_x005F_ 3_xD83D_</v></c>'
    [row] = read_table(_file(_sheet("<c><v>1</v></c>", cell)))
    assert row.cells == ["7 Elm St\r\nApt_ 3_xD83D_"]


def test_of_a_formula_its_value_counts_and_a_failed_one_is_a_problem() -> None:
    good = '<c t="str"><f>UPPER("a")</f><v>A</v></c>'
    failed = '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    [row] = read_table(_file(_sheet("<c><v>1</v></c>", good + failed)))
    assert row.cells == ["A", "#DIV/0!"]
    assert row.problem == "it has a formula with an error (#DIV/0!)"


def test_a_formula_without_a_value_is_a_problem_and_one_that_gives_no_text_is_none() -> None:
    nothing = '<c t="str"><f>""</f><v></v></c>'
    missing = "<c><f>1+1</f></c>"
    header = "<c><v>1</v></c><c><v>2</v></c>"
    rows = list(read_table(_file(_sheet(header, "<c><v>5</v></c>" + nothing, missing))))
    assert [row.cells for row in rows] == [["5", ""], ["", ""]]
    assert [bool(row.problem) for row in rows] == [False, True]
    assert rows[1].problem.startswith("it has a formula without a value")


def test_what_a_spreadsheet_has_rounded_can_be_told() -> None:
    cells = "<c><v>1.5E+19</v></c><c><v>1.2345E7</v></c><c><v>84.200000000000003</v></c>"
    [row] = read_table(_file(_sheet("<c><v>1</v></c>", cells)))
    assert row.cells == ["1.50000000000000E+19", "12345000", "84.2"]


@pytest.mark.parametrize("style", [0, 1])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234567890123456", "1.23456789012346E+15"),
        ("1234567890123450", "1.23456789012345E+15"),
        ("1000000000000000", "1.00000000000000E+15"),
        ("999999999999999", "999999999999999"),
        ("0000001234567890", "0000001234567890"),
    ],
)
def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_rounded(
    value: str, shown: str, style: int
) -> None:
    formats = NumberFormats(["General", "00"], WINDOWS_EPOCH)
    assert formats.shown(value, str(style)) == shown
    assert is_rounded(shown) == ("E" in shown)


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>", "<v />"])
@pytest.mark.parametrize("kind", ["", ' t="n"', ' t="b"'])
def test_an_empty_value_of_a_formula_is_none(value: str, kind: str) -> None:
    cell = f"<c{kind}><f>1+1</f>{value}</c>"
    [row] = read_table(_file(_sheet("<c><v>1</v></c><c><v>2</v></c>", f"<c><v>5</v></c>{cell}")))
    assert row.cells == ["5", ""]
    assert row.bad_cells[1].startswith("it has a formula without a value")


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("00000", 7030, "07030"),
        ("00000-0000", 21341234, "02134-1234"),
        ("0000000000", 77001, "0000077001"),
        ("[<=99999]00000;00000-0000", 7030, "07030"),
        ("[<=99999]00000;00000-0000", 21341234, "02134-1234"),
        ("[<=9999999]###-####;(###) ###-####", 2175550100, "(217) 555-0100"),
        ("[<=9999999]###-####;(###) ###-####", 5550100, "555-0100"),
        (r"00\-0000\-00", 12345600, "12-3456-00"),
        ('"A-"000', 12345, "A-12345"),
        ("00000", 61.37, "61.37"),  # shown as 00061: an amount keeps what it is
        ("0", 61.37, "61.37"),
        ("0.00", 61.3, "61.3"),
        ("#,##0", 12345, "12345"),
        ("0%", 2, "2"),
        ("00000", -5, "-5"),
        ("General", 7030, "7030"),
        ("@", 7030, "7030"),
        ("General", 10000101.000000002, "10000101"),  # what a formula computed
        ("General", 84.19999999999999, "84.2"),
        ("m/d/yyyy", 46354, "2026-11-28"),
        ("m/d/yyyy h:mm", 46354.0926, "2026-11-28 02:13:21"),
        ("h:mm", 0.5, "12:00:00"),
        ("m/d/yyyy", 1e9, "1000000000"),
        ("m/d/yyyy", -1e12, "-1000000000000"),
    ],
)
def test_a_number_is_read_as_it_is_shown_where_it_names_something(
    code: str, value: float, shown: str
) -> None:
    book = Workbook()
    book.active.append(["header"])
    book.active.append([value])
    book.active["A2"].number_format = code
    [row] = read_table(_saved(book))
    assert row.cells == [shown]


def test_days_of_a_mac_are_counted_from_its_own_epoch() -> None:
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001
    book.active.append(["date", "number"])
    book.active.append([date(2026, 11, 28), 44892])
    table = read_table(_saved(book))
    [row] = table
    assert row.cells == ["2026-11-28", "44892"]
    assert table.epoch == date(1904, 1, 1)


@pytest.mark.parametrize("first", [[], [["About this file"], ["Run 11/28/2026"]]])
def test_the_first_sheet_with_a_table_is_read_and_the_other_ones_are_named(
    first: list[list[object]],
) -> None:
    book = Workbook()
    for row in first:
        book.active.append(row)
    for name in ("Accounts", "More & more"):
        book.create_sheet(name).append(["number", name])
    table = read_table(_saved(book))
    assert (table.header, table.unread_sheets) == (["number", "Accounts"], ["More & more"])
    assert read_table(_saved(book), sheet="more & More").header == ["number", "More & more"]


def test_cells_that_are_only_colored_are_no_columns() -> None:
    colored = "".join(f'<c r="{letters}2" s="3"/>' for letters in ("B", "ZZ", "XFD"))
    [row] = read_table(_file(_sheet("<c><v>1</v></c>", "<c><v>5</v></c>" + colored)))
    assert row.cells == ["5"]


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData><row>",
        "<!DOCTYPE w><worksheet/>",
        '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>',
        '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>',
        '<worksheet><row r="one"/></worksheet>',
        '<worksheet><row><c r="ZZZZ1"><v>1</v></c></row></worksheet>',
        '<worksheet><row><c r="Ä1"><v>1</v></c></row></worksheet>',
        '<worksheet><row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row></worksheet>',
        '<worksheet><row><c t="s"><v>99</v></c></row></worksheet>',
        '<worksheet><row><c t="s"><v>-1</v></c></row></worksheet>',
        f'<worksheet><row><c t="str"><v>{"a" * 40_000}</v></c></row></worksheet>',
        f"<worksheet><!--{' ' * 1_000_000}--><row/></worksheet>",
        f'<worksheet><row a="{" " * 1_000_000}"/></worksheet>',
    ],
)
def test_a_hostile_or_broken_sheet_is_refused_in_clear_words(sheet: str) -> None:
    with pytest.raises(UnreadableFile, match=UNREADABLE):
        list(read_table(_file(sheet)))


@pytest.mark.parametrize("opening", [b"<!--", b"<c r='", b"<?pi "])
def test_a_tag_or_comment_without_an_end_is_not_read_to_its_end(opening: bytes) -> None:
    """expat would read it again from its beginning with every piece that it is given."""
    stream = Endless(b"<worksheet><sheetData><row>" + opening)
    with pytest.raises(ValueError, match="too long"):
        list(parse(stream, Handler()))
    assert stream.given < 1_000_000


class Endless(BytesIO):
    """Spaces without an end, after a beginning."""

    given = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size) or b" " * (size or 0)
        self.given += len(piece)
        return piece


def test_hidden_rows_are_read_and_counted() -> None:
    book = Workbook()
    for row in (["number"], ["1"], ["2"], ["3"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    table = read_table(_saved(book))
    assert [row.cells for row in table] == [["1"], ["2"], ["3"]]
    assert table.hidden_rows == 1
    assert hidden_line(table) == "Hidden rows that were read too: 1."


def test_text_in_a_cell_for_a_number_spoils_its_own_cell_alone() -> None:
    """Some programs of other languages write 10001,5."""
    [row] = read_table(_file(_sheet("<c><v>1</v></c>", "<c><v>5</v></c><c><v>10001,5</v></c>")))
    assert (row.cells, list(row.bad_cells)) == (["5", "10001,5"], [1])
    assert row.problem == "the cell in column B has the format of a number but isn't one"


def test_text_far_to_the_right_is_named() -> None:
    with pytest.raises(UnreadableFile, match="text beyond column 200"):
        list(read_table(_file(_sheet('<c r="XFD1"><v>1</v></c>', ""))))


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("accounts.csv", r"an archive \(ZIP\). Unpack it"),
        ("accounts/xl/workbook.xml", UNREADABLE),
        ("content.xml", r"format is OpenDocument \(ODS\). Open it, save it as XLSX"),
        ("xl/workbook.bin", "format is XLSB"),
        ("word/document.xml", "format is Word"),
    ],
)
def test_an_archive_that_is_no_workbook_is_named(part: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read_table(_archive({part: "hello"}))


def test_a_workbook_may_have_parts_of_other_programs() -> None:
    file = _file(_sheet("<c><v>1</v></c>", "<c><v>2</v></c>"))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("content.xml", "")
    assert [row.cells for row in read_table(BytesIO(file.getvalue()))] == [["2"]]


def test_a_damaged_workbook_is_refused() -> None:
    damaged = bytearray(_file(_sheet("<c><v>1</v></c>" * 50, "")).getvalue())
    start = damaged.index(b"worksheet.xml") + 14
    damaged[start : start + 20] = bytes(20)
    with pytest.raises(UnreadableFile, match=UNREADABLE):
        list(read_table(BytesIO(damaged)))


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    bomb = _file(_sheet("<c/>" * 1_000_000, ""))
    assert len(bomb.getvalue()) < 20_000
    with pytest.raises(UnreadableFile, match="The spreadsheet is too large"):
        read_table(bomb, most_unpacked=1_000_000)
    many = _archive({str(number): "" for number in range(2_001)})
    with pytest.raises(UnreadableFile, match="The spreadsheet is too large"):
        read_table(many)


def test_one_long_string_in_a_million_cells_is_refused() -> None:
    strings = f"<sst><si><t>{'a' * 32_000}</t></si></sst>"
    row = '<c t="s"><v>0</v></c>' * 100
    file = _file(_sheet(*[row] * 200), strings=strings)
    with pytest.raises(UnreadableFile, match="The spreadsheet is too large"):
        list(read_table(file, most_unpacked=100 * 1024**2))


def test_more_empty_cells_than_a_sheet_has_are_refused() -> None:
    """A file of a hundred kilobytes could take a minute of processor time."""
    sheet = _sheet("<c/>" * 200_000)
    with pytest.raises(UnreadableFile, match="The spreadsheet is too large"):
        read_table(_file(sheet), most_unpacked=1_000_000)


def test_too_many_styles_are_refused() -> None:
    styles = f"<styleSheet><cellXfs>{'<xf/>' * 500_000}</cellXfs></styleSheet>"
    with pytest.raises(UnreadableFile, match=UNREADABLE):
        read_table(_file(_sheet("<c><v>1</v></c>"), styles=styles))


def test_a_million_empty_cells_take_no_memory() -> None:
    file = _file(_sheet("<c><v>1</v></c>", "<c><v>5</v></c>" + "<c/>" * 1_000_000))
    rows: list[Row] = []
    assert peak(lambda: rows.extend(read_table(file))) < 2_000_000
    assert rows == [Row(2, ["5"])]


def test_shared_strings_stay_on_disk() -> None:
    strings = "".join(f"<si><t>{n:08} {'x' * 100}</t></si>" for n in range(100_000))
    file = _file(_sheet('<c t="s"><v>0</v></c>'), strings=f"<sst>{strings}</sst>")
    headings: list[str] = []
    # 8 MB of them may stay in memory; a list would take 16.
    assert peak(lambda: headings.extend(read_table(file).header)) < 10_000_000
    assert headings[0].startswith("00000000")


@pytest.mark.parametrize("cell", ["=1+1", "+1 217", "-2", "@SUM(A1)", " =1", "Ann", "'t Hooft"])
def test_what_we_wrote_for_a_spreadsheet_is_read_as_it_was(cell: str) -> None:
    assert unguarded(safe_text(cell)) == cell
    assert unguarded(safe_in_csv(f"{cell}; {cell}")) == f"{cell}; {cell}"


def _workbook(rows: list[list[object]]) -> BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return _saved(book)


def _saved(book: Workbook) -> BytesIO:
    book.save(file := BytesIO())
    file.seek(0)
    return file


def test_a_workbook_of_drawings_alone_is_refused() -> None:
    file = _file(_sheet("<c><v>1</v></c>"), of_cells="chartsheet")
    with pytest.raises(UnreadableFile, match=UNREADABLE):
        read_table(file)


def _sheet(*rows: str) -> str:
    body = "".join(f"<row>{cells}</row>" for cells in rows)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _file(
    sheet: str, *, strings: str = "", styles: str = "", of_cells: str = "worksheet"
) -> BytesIO:
    related = {of_cells: sheet, "sharedStrings": strings, "styles": styles}
    parts = {f"xl/parts/{kind}.xml": text for kind, text in related.items() if text}
    relations = "".join(
        f'<Relationship Id="{kind}" Type="{KINDS}/{kind}" Target="parts/{kind}.xml"/>'
        for kind, text in related.items()
        if text
    )
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{KINDS}"><sheets>'
        '<sheet name="Accounts" sheetId="1" r:id="worksheet"/></sheets></workbook>'
    ).replace("worksheet", of_cells)
    described = {
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
    }
    return _archive(described | parts)


def _archive(parts: dict[str, str]) -> BytesIO:
    with zipfile.ZipFile(file := BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    file.seek(0)
    return file
