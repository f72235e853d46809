"""Text files that staff upload: encodings, delimiters, line ends, quotation marks."""

import csv
from contextlib import suppress
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.tables.columns import distinct_names, guess_columns
from backoffice.tables.files import read_table
from backoffice.tables.table import Row, Table, UnreadableFile

HEADER = "name,account_number,city\n"


def table(text: str, encoding: str = "utf-8") -> Table:
    return read_table(BytesIO(text.encode(encoding)))


def cells(text: str) -> list[list[str]]:
    return [row.cells for row in table(text)]


def test_rows_come_with_the_numbers_of_their_lines_without_the_empty_ones() -> None:
    read = table(HEADER + '\n"Ochoa, Mary",101,"Rivertown"\n , ,\nBell,102,\n')
    assert read.header == ["name", "account_number", "city"]
    wanted = [Row(3, ["Ochoa, Mary", "101", "Rivertown"]), Row(5, ["Bell", "102", ""])]
    assert list(read) == wanted
    assert list(read) == wanted  # as often as one wants
    assert read.progress == 1


@pytest.mark.parametrize("mark", ["\ufeff", "\ufeff\ufeff", "ï»¿", "\ufeffï»¿"])
def test_a_mark_of_the_encoding_is_no_part_of_the_first_name(mark: str) -> None:
    """Nor if a program read it as three letters of Windows and wrote them again."""
    assert table(f"{mark}{HEADER}Bell,101,Rivertown\n").header[0] == "name"


def test_a_cell_in_quotation_marks_may_have_several_lines() -> None:
    [ochoa, bell] = table(HEADER + '"Ochoa, Mary\nc/o ""Bell""",101,Rivertown\nBell,102,\n')
    assert ochoa == Row(2, ['Ochoa, Mary\nc/o "Bell"', "101", "Rivertown"])
    assert bell.number == 4


def test_a_quotation_mark_left_open_spoils_its_own_line() -> None:
    [open_one, bell] = table(HEADER + '"Ochoa,101,Rivertown\nBell,102,\n')
    assert (open_one.number, open_one.cells) == (2, ['"Ochoa,101,Rivertown'])
    assert open_one.problem.startswith("it can't be read as CSV")
    assert bell == Row(3, ["Bell", "102", ""])


def test_what_may_be_the_other_half_of_a_name_is_no_row() -> None:
    [first, second, bell] = table(HEADER + '"Ochoa, Mary\nc/o Bell,101,Rivertown\nBell,102,\n')
    assert first.problem.startswith("it can't be read as CSV")
    assert second.problem.startswith("it may belong to the line above")
    assert bell == Row(4, ["Bell", "102", ""])


def test_a_record_has_bounds() -> None:
    lines = "x\n" * 19
    assert len(cells(f'{HEADER}"{lines}",101,\n')) == 1
    assert len(cells(f'{HEADER}"x\n{lines}",101,\n')) > 1


def test_quotation_marks_amid_a_cell_are_inches() -> None:
    assert cells(HEADER + 'Bell 5" pipe,101,\n') == [['Bell 5" pipe', "101", ""]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_the_delimiter_is_the_one_that_splits_the_first_row(delimiter: str) -> None:
    lines = ["Listing", "", delimiter.join(["number", '"name, or names"', "city"])]
    read = table("\n".join([*lines, delimiter.join(["101", '"Bell; A|B, C"', "Riverton"])]))
    read.choose_header(3)
    assert read.header == ["number", "name, or names", "city"]
    assert [row.cells for row in read] == [["101", "Bell; A|B, C", "Riverton"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["^", "~"])
def test_a_caret_or_a_tilde_within_cells_separates_nothing(delimiter: str, mark: str) -> None:
    """As in HL7, where carets separate the parts of a name."""
    names = delimiter.join(["number", "name", "city"])
    line = delimiter.join(["101", f"Bell{mark}Ida{mark}B", "Riverton"])
    [row] = table(f"{names}\n{line}\n")
    assert row.cells == ["101", f"Bell{mark}Ida{mark}B", "Riverton"]


@pytest.mark.parametrize("mark", ["^", "~"])
@pytest.mark.parametrize("delimiter", [",", "|"])
def test_marks_around_each_cell_are_no_part_of_it(delimiter: str, mark: str) -> None:
    rows = [["number", "name", "city"], ["101", f"Bell{delimiter} Ida", "Riverton"]]
    lines = [delimiter.join(f"{mark}{cell}{mark}" for cell in row) for row in rows]
    read = table("\n".join(lines))
    columns = guess_columns(read.header, {"number": ["number"], "name": ["name"]})
    [row] = read
    cells = dict(zip(distinct_names(read.header), row.cells, strict=True))
    assert [cells[name] for name in columns.values()] == ["101", f"Bell{delimiter} Ida"]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_excel_is_told_the_delimiter_by_the_first_line_and_so_are_we(line: str) -> None:
    read = table(f"{line}\r\nnumber;last, first\r\n101;Bell, Ida\r\n")
    assert (read.header, read.header_number) == (["number", "last, first"], 2)
    assert list(read) == [Row(3, ["101", "Bell, Ida"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_line_ends_and_encodings(end: str, encoding: str) -> None:
    read = table(end.join(["number,name", "101,José", '102,"Zoë\nand Ana"', ""]), encoding)
    assert read.header == ["number", "name"]
    assert [row.cells for row in read] == [["101", "José"], ["102", "Zoë\nand Ana"]]


@pytest.mark.parametrize("header", ["PAR1", "BZh", "[[Title]]", '{"a"}', "\x02a"])
def test_headings_that_look_like_other_files_are_headings(header: str) -> None:
    assert table(f"{header},b\n1,2\n").header[1] == "b"


def test_a_carriage_return_amid_a_line_ends_no_row() -> None:
    """Half of a name would be taken for the whole."""
    [row] = table("number,name\r\n101,Ochoa\rc/o Bell\r\n")
    assert row.problem.startswith("it can't be read as CSV")


def test_rows_that_only_carriage_returns_separate_are_rows() -> None:
    """Two files put together: one of an old Mac."""
    read = table("number,name\r\n101,Ida Bell\r102,Zoe\r103,Ann\r\n104,Ray\r\n")
    assert [row.cells[0] for row in read] == ["101", "102", "103", "104"]


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert cells("a,b\n\ufeff101\u200b,Ida\u00a0Bell\u00ad\n") == [["101", "Ida Bell"]]


def test_letters_are_read_again_whatever_else_the_line_has() -> None:
    text = "a,b,c\n\ufeff101\u200b,JosÃ©\u00a0NÃºÃ±ez \u2014 Ana Peña,â\u20ac™s\n"
    assert cells(text) == [["101", "José Núñez \u2014 Ana Peña", "\u2019s"]]


def test_empty_cells_beyond_the_header_mean_nothing_and_text_there_does() -> None:
    read = cells("a,b\n1,2,, \n4,5,,\n1,2,,\n1,2,3\n1\n")
    assert read == [["1", "2"], ["4", "5"], ["1", "2"], ["1", "2", "3"], ["1"]]


SPARE = "1001,Ida,1 A St,,\n1003,Kim,3 A St,,\n1004,Lee,4 A St,,\n"


@pytest.mark.parametrize("header", ["a,b,c\n", "a,b,c,,\n"])
@pytest.mark.parametrize(
    "line", ["1002,BELL, IDA,2 A,,", "1002,BELL,IDA,,,", "1002,BELL,IDA,2 A St,,", "1002,Ida,2 A,"]
)
def test_just_the_usual_number_of_empty_cells_is_dropped(header: str, line: str) -> None:
    """One more comes from a comma that should have been in quotation marks."""
    *others, last = cells(f"{header}{SPARE}{line}\n")
    assert [len(each) for each in others] == [3, 3, 3]
    assert len(last) > 3


def test_commas_in_all_names_are_no_empty_cells() -> None:
    assert [len(each) for each in cells("a,b,c\n1,BELL, IDA,\n2,LEE, KIM,\n")] == [4, 4]


@pytest.mark.parametrize(
    "line",
    [
        '1, "BELL, IDA", 2 A',
        '1 ,\t"BELL, IDA"\t,2 A',
        ' "1" ,"BELL, IDA" , "2 A" ',
        '\r1,"BELL, IDA",2 A',
    ],
)
def test_blanks_beside_quotation_marks_mean_nothing(line: str) -> None:
    [row] = cells(f"a,b,c\n{line}\n")
    assert [cell.strip() for cell in row] == ["1", "BELL, IDA", "2 A"]


@pytest.mark.parametrize("line", ['1,8" pipe, "x" y,2', '1,"a, ""b"", c",2', '1,"a "",b"" c",2'])
def test_other_quotation_marks_stay(line: str) -> None:
    [row] = cells(f"a,b,c\n{line}\n")
    assert row == next(csv.reader([line]))


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a\x1a", "\0\0\0"])
def test_marks_of_the_end_of_a_file_are_no_text(end: str) -> None:
    assert cells(f"a,b\n1,2{end}") == [["1", "2"]]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac-roman"])
def test_another_encoding_is_refused_with_the_line_that_shows_it(encoding: str) -> None:
    with pytest.raises(UnreadableFile, match=r"in UTF-8 \(first problem on line 3\)"):
        table("a,b\n1,2\n3,Núñez\n", encoding)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n" + b"x" * 70_000, "A line in this file is too long"),
        (b"\xff\xfea\x00,\x00b\x00\n", "ends in the middle of a character: it was cut off"),
        ("a,b\n1,José".encode()[:-1], "ends in the middle of a character: it was cut off"),
        (b"a,b\x1e1,2\x1e", "end in an unusual way"),
        (b"%PDF-1.7\n", "format is PDF. Open it, save it as XLSX"),
        (b"SQLite format 3\0", "format is SQLite"),
        (b"\x1f\x8b\x08\0", r"an archive \(gzip\). Unpack it"),
        (b"<html><table>", "a web page, not a spreadsheet"),
        (b"\xef\xbb\xbf\r\n <?xml version='1.0'?><Workbook/>", "format is XML"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "a web page, not a spreadsheet"),
        ("\ufeff<table>".encode("utf-16-le"), "a web page, not a spreadsheet"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), r"an old Excel file \(XLS\) or is password-protected"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read_table(BytesIO(content))


def test_an_empty_file_has_no_header() -> None:
    assert (table("").header, list(table(""))) == ([], [])


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes) -> None:
    for beginning in (b"", b"a,b\n", b"\xff\xfe", b"PK\x03\x04"):
        with suppress(UnreadableFile):
            assert all(row.cells for row in read_table(BytesIO(beginning + content)))


ASCII = st.text(st.characters(max_codepoint=126, exclude_categories=["Cc"]) | st.just("\n"))


@given(st.lists(st.tuples(ASCII, ASCII, st.just("end"))))
def test_what_another_program_writes_is_read_as_it_was(rows: list[tuple[str, ...]]) -> None:
    writer = csv.writer(file := StringIO(), lineterminator="\n")
    writer.writerows([("a", "b", "c"), *rows])
    assert cells(file.getvalue()) == [list(row) for row in rows]
