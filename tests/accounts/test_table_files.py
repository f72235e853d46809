"""Tables that people give us: what is read of a spreadsheet, and what a hostile one gets."""

import zipfile
from io import BytesIO

import pytest
from defusedxml.expatreader import DefusedExpatParser
from openpyxl import Workbook

from accounts import table_xlsx
from accounts.table_files import read_table
from accounts.tables import Line, UnreadableFile, unharmed
from backoffice.exports.files import safe_text

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
    '<sheet name="Accounts" sheetId="1" r:id="rId7"/></sheets></workbook>'
)
RELATIONS = '<Relationships><Relationship Id="rId7" Target="worksheets/one.xml"/></Relationships>'


def test_a_spreadsheet_gives_its_lines_as_text() -> None:
    lines = [
        ["Account Number", "Name", "Zip"],
        [10000101, "José Núñez", "02134"],
        [],
        ["10000102", None, 62701.0],
        [1.5, "Ana", True],
    ]
    table = read_table(_workbook(lines))
    assert table.header == ["Account Number", "Name", "Zip"]
    wanted = [
        Line(2, ["10000101", "José Núñez", "02134"]),
        Line(4, ["10000102", "", "62701"]),
        Line(5, ["1.5", "Ana", "1"]),
    ]
    assert list(table) == wanted
    assert list(table) == wanted  # as often as one wants
    assert table.progress == 1


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
    assert (table.header, list(table)) == (["name"], [Line(2, ["Mei Chen"])])


def test_of_a_formula_its_value_counts_and_a_failed_one_is_a_problem() -> None:
    good = '<c t="str"><f>UPPER("a")</f><v>A</v></c>'
    failed = '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    [line] = read_table(_file(_sheet("<c><v>1</v></c>", good + failed)))
    assert line.cells == ["A", "#DIV/0!"]
    assert line.problem == "a formula in it has failed (#DIV/0!)"


def test_what_a_spreadsheet_has_rounded_can_be_told() -> None:
    cells = "<c><v>1.5E+19</v></c><c><v>1.2345E7</v></c><c><v>84.200000000000003</v></c>"
    [line] = read_table(_file(_sheet("<c><v>1</v></c>", cells)))
    assert line.cells == ["1.5e+19", "12345000", "84.2"]


def test_cells_that_are_only_coloured_are_no_columns() -> None:
    coloured = "".join(f'<c r="{letters}2" s="3"/>' for letters in ("B", "ZZ", "XFD"))
    [line] = read_table(_file(_sheet("<c><v>1</v></c>", "<c><v>5</v></c>" + coloured)))
    assert line.cells == ["5"]


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData><row>",
        "<!DOCTYPE w><worksheet/>",
        '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>',
        '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>',
        '<worksheet><row r="one"/></worksheet>',
        '<worksheet><row><c r="ZZZZ1"><v>1</v></c></row></worksheet>',
        '<worksheet><row><c r="XFD1"><v>1</v></c></row></worksheet>',
        '<worksheet><row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row></worksheet>',
        '<worksheet><row><c t="s"><v>99</v></c></row></worksheet>',
        '<worksheet><row><c t="s"><v>-1</v></c></row></worksheet>',
        "<worksheet><row><c><v>one</v></c></row></worksheet>",
        f'<worksheet><row><c t="str"><v>{"a" * 40_000}</v></c></row></worksheet>',
    ],
)
def test_a_hostile_or_broken_sheet_is_refused_in_clear_words(sheet: str) -> None:
    with pytest.raises(UnreadableFile, match="no spreadsheet that can be read"):
        list(read_table(_file(sheet)))


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="no spreadsheet that can be read"):
        read_table(_archive({"hello.txt": "hello"}))
    damaged = bytearray(_file(_sheet("<c><v>1</v></c>" * 50, "")).getvalue())
    start = damaged.index(b"one.xml") + 8
    damaged[start : start + 20] = bytes(20)
    with pytest.raises(UnreadableFile, match="no spreadsheet that can be read"):
        list(read_table(BytesIO(damaged)))


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    bomb = _file(_sheet("<c/>" * 1_000_000, ""))
    assert len(bomb.getvalue()) < 20_000
    with pytest.raises(UnreadableFile, match="The spreadsheet is too large"):
        read_table(bomb, most_unpacked=1_000_000)
    many = _archive({str(number): "" for number in range(2_001)})
    with pytest.raises(UnreadableFile, match="The spreadsheet is too large"):
        read_table(many)


def test_a_million_empty_cells_take_no_memory() -> None:
    table = read_table(_file(_sheet("<c><v>1</v></c>", "<c><v>5</v></c>" + "<c/>" * 1_000_000)))
    assert list(table) == [Line(2, ["5"])]


@pytest.mark.parametrize(
    "token", ['<c r="{}"/>', "<{}/>", "<!--{}-->", "<?{} ?>", "<!DOCTYPE {}><c/>"]
)
def test_a_token_that_never_ends_is_refused_after_a_few_chunks(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expat begins it again with every chunk: of 40 MB, which takes 42 kB, for a minute."""
    fed: list[int] = []

    class Counted(DefusedExpatParser):
        def feed(self, data: bytes, isFinal: bool = False) -> None:
            fed.append(len(data))
            super().feed(data, isFinal)

    monkeypatch.setattr(table_xlsx, "create_parser", Counted)
    endless = f"<worksheet>{token.format('A' * 4_000_000)}</worksheet>"
    with pytest.raises(UnreadableFile, match="no spreadsheet that can be read"):
        read_table(_file(endless))
    assert sum(fed) < 400_000


def test_long_tags_and_comments_are_read() -> None:
    """Ten times longer than any that a spreadsheet program has been seen to write."""
    long = f"<!--{'-x' * 50_000}--><f a='{'x' * 100_000}'>1</f>"
    [line] = read_table(_file(_sheet("<c><v>1</v></c>", f"<c>{long}<v>5</v></c>")))
    assert line.cells == ["5"]


@pytest.mark.parametrize("cell", ["=1+1", "+1 217", "-2", "@SUM(A1)", " =1", "Ann", "'t Hooft"])
def test_what_we_wrote_for_a_spreadsheet_is_read_as_it_was(cell: str) -> None:
    assert unharmed(safe_text(cell)) == cell


def _workbook(lines: list[list[object]]) -> BytesIO:
    workbook = Workbook()
    for line in lines:
        workbook.active.append(line)
    workbook.save(file := BytesIO())
    file.seek(0)
    return file


def _sheet(*rows: str) -> str:
    body = "".join(f"<row>{cells}</row>" for cells in rows)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _file(sheet: str, *, strings: str = "") -> BytesIO:
    parts = {
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELATIONS,
        "xl/worksheets/one.xml": sheet,
    }
    return _archive(parts | ({"xl/sharedStrings.xml": strings} if strings else {}))


def _archive(parts: dict[str, str]) -> BytesIO:
    with zipfile.ZipFile(file := BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    file.seek(0)
    return file
