"""Dates and moments as Invoice Cloud, .NET, databases, and spreadsheets write them."""

from datetime import UTC, date, datetime

import pytest

from icsso.client.moments import moment
from tests.icsso.client.reading.cases import cases


@pytest.mark.parametrize(("text", "read"), cases("dates.csv"))
def test_moments_as_they_are_written(text: str, read: str) -> None:
    found = moment(text)
    if read == "none":
        assert found is None
    elif "T" not in read:
        assert found == date.fromisoformat(read)
    else:
        assert isinstance(found, datetime)
        assert found.replace(microsecond=0) == datetime.fromisoformat(read)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20261128", "2026-11-28"),
        ("20261128021113", "2026-11-28T02:11:13"),
        ("2026-1-5", "2026-01-05"),
        ("2026-11-28 2:11 PM", "2026-11-28T14:11"),
        ("Nov. 28, 2026", "2026-11-28"),
        ("Saturday, November 28, 2026", "2026-11-28"),
        ("Sat Nov 28 2026", "2026-11-28"),
        ("12/31/9999", ""),
        ("9999-12-31T23:59:59.9999999", ""),
        ("2079-06-06", ""),  # the last day of SQL Server's smalldatetime
    ],
)
def test_moments_of_other_systems(text: str, read: str) -> None:
    found = moment(text)
    of = datetime if "T" in read else date
    assert found == (of.fromisoformat(read) if read else None)


@pytest.mark.parametrize(
    "text",
    [
        "11-28-26",
        "20261328",
        "202611280211",
        "Monday",
        "13/45/2026",
        "2026-02-30",
        "11/27/2026 25:00",
        "next week",
        "45000",
        "/Date(x)/",
        "5",
    ],
)
def test_what_is_no_date_is_never_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="no date"):
        moment(text)


def test_a_narrow_space_before_pm_is_one() -> None:
    assert moment("11/27/2026 3:04:05\u202fPM") == datetime(2026, 11, 27, 15, 4, 5)  # noqa: DTZ001
    assert moment("2026-11-28T02:13:31Z") == datetime(2026, 11, 28, 2, 13, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("28-Nov-26", "2026-11-28"),
        ("28-Nov-26 2:11 PM", "2026-11-28T14:11:00"),
        ("11/28/2026 2:11AM", "2026-11-28T02:11:00"),
        ("11/28/2026 02:11:05pm", "2026-11-28T14:11:05"),
    ],
)
def test_short_years_and_hours_without_a_blank(text: str, read: str) -> None:
    found = moment(text)
    assert found
    assert found.isoformat() == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026/11/28", "2026-11-28"),
        ("28 Nov 2026", "2026-11-28"),
        ("Nov 28, 2026", "2026-11-28"),
        ("November 28, 2026 2:11 PM", "2026-11-28T14:11:00"),
        ("Nov 28 2026  2:11AM", "2026-11-28T02:11:00"),  # SQL Server's own way
        ("11/28/2026 2:11:13.123 AM", "2026-11-28T02:11:13"),
        ("11/28/2026 2:11 a.m.", "2026-11-28T02:11:00"),
        ("11/28/2026 2:11 p. m.", "2026-11-28T14:11:00"),
        ("2026-11-28T02:11:00-0500", "2026-11-28T02:11:00-05:00"),
        ("\u200e11/28/2026", "2026-11-28"),  # as browsers write dates
        ("28\u2011Nov\u20112026", "2026-11-28"),
        ("Sept. 28, 2026", "2026-09-28"),
        ("Sat Nov 28 2026 2:11", "2026-11-28T02:11:00"),
        ("Nov 28 2026  2:11:13:123PM", "2026-11-28T14:11:13"),  # SQL Server, with milliseconds
        ("28-NOV-26 02.11.13.000000 PM", "2026-11-28T14:11:13"),  # Oracle
        ("20261128T021113", "2026-11-28T02:11:13"),
        ("2026-11-28 02:11:13+00", "2026-11-28T02:11:13+00:00"),  # PostgreSQL
        ("11/28/2026 2:11:13 AM -05:00", "2026-11-28T02:11:13-05:00"),  # .NET's DateTimeOffset
        ("Sat, 28 Nov 2026 02:11:13 GMT", "2026-11-28T02:11:13+00:00"),
        ("2026-11-28 02:11:13 UTC", "2026-11-28T02:11:13+00:00"),
        ("2026-11-28 02:11:13 +0000 UTC", "2026-11-28T02:11:13+00:00"),  # Go
        (
            "Sat Nov 28 2026 02:11:13 GMT-0500 (Eastern Standard Time)",  # a browser
            "2026-11-28T02:11:13-05:00",
        ),
        ("2026-11-28T02:11:13-05:00[America/New_York]", "2026-11-28T02:11:13-05:00"),  # Java
        ("11/28/2026 2:11 AM EST", "2026-11-28T02:11:00-05:00"),
        ("7/28/2026 2:11 pm PDT", "2026-07-28T14:11:00-07:00"),
        ("20261128T021113Z", "2026-11-28T02:11:13+00:00"),
        ("20261128 02:11:13", "2026-11-28T02:11:13"),
        ("2026-11-28T02:11:13,943", "2026-11-28T02:11:13"),
        ("2026-11-28t02:11:13z", "2026-11-28T02:11:13+00:00"),
        ("28NOV2026:02:11:13", "2026-11-28T02:11:13"),  # SAS
        ("20261128 021113", "2026-11-28T02:11:13"),
        ("Sat Nov 28 02:11:13 EST 2026", "2026-11-28T02:11:13-05:00"),  # Java
        ("Fri Nov  6 02:11:13 2026", "2026-11-06T02:11:13"),  # C
        ("28/Nov/2026:02:11:13 -0500", "2026-11-28T02:11:13-05:00"),  # web servers
        ("11/28/2026 2:11 AM AKST", "2026-11-28T02:11:00-09:00"),
        ("7/28/2026 2:11 AM HST", "2026-07-28T02:11:00-10:00"),
        ("7/28/2026 2:11 AM AST", "2026-07-28T02:11:00-04:00"),
        ("28Nov2026", "2026-11-28"),
        ("November 28th, 2026 at 2:11 AM", "2026-11-28T02:11:00"),
        ("11 / 28 / 2026", "2026-11-28"),
        ("2026.11.28", "2026-11-28"),
        ("\\/Date(1796083200000)\\/", "2026-12-01T00:00:00+00:00"),
        ("2/29/2028 12:00 AM", "2028-02-29T00:00:00"),
        ("28 Nov, 2026", "2026-11-28"),
        ("s\u00e1b, 28 nov 2026", "2026-11-28"),  # browsers in Spanish
        ("lun. 5 de enero de 2026", "2026-01-05"),
        ("mar. 5, 2026", "2026-03-05"),  # March, though a Thursday
        ("28 November, 2026", "2026-11-28"),
        ("2026-11-28T02:11:13.12345678901234567890", "2026-11-28T02:11:13"),
        ("2026-11-28Z", "2026-11-28"),
        ("2026-11-28-05:00", "2026-11-28"),
        ("Nov-28-2026", "2026-11-28"),
        ("2026-Nov-28 2:11", "2026-11-28T02:11:00"),
        ("28 de noviembre de 2026", "2026-11-28"),
        ("s\u00e1bado, 28 de noviembre del 2026 2:11 p. m.", "2026-11-28T14:11:00"),
        ("mi\u00e9rcoles 30 de setiembre de 2026", "2026-09-30"),
        ("28-ene-2026", "2026-01-28"),
        ("28-dic-25", "2025-12-28"),
        ("Mar 28, 2026", "2026-03-28"),  # not martes
        ("28th of November 2026", "2026-11-28"),
        ("Nov 28,2026", "2026-11-28"),
        ("11-28-2026 2:11 PM", "2026-11-28T14:11:00"),
        ("11.28.2026", "2026-11-28"),
        ("11/28/2026 2 PM", "2026-11-28T14:00:00"),
        ("11/28/2026 2:11p", "2026-11-28T14:11:00"),
        ("11/28/2026 2:11 p.m", "2026-11-28T14:11:00"),
        ("11/28/2026 - 2:11 AM", "2026-11-28T02:11:00"),
        ("11/28/2026 @ 2:11 AM EST", "2026-11-28T02:11:00-05:00"),
        ("2026-11-28-02.11.13.943000", "2026-11-28T02:11:13"),  # Db2
    ],
)
def test_days_that_nobody_reads_in_two_ways(text: str, read: str) -> None:
    found = moment(text)
    assert found
    assert found.isoformat() == read


@pytest.mark.parametrize(
    "text",
    [
        *("28/11/2026", "11-12-2026", "2026/28/11", "Nov 2026", "46354", "11/28/2026 24:00"),
        *("Fri, 28 Nov 2026", "Sunday, 11/28/2026", "28 Nov 2026 GMT"),
        *("2026-11-28-05", "2026-11-28+00", "2026-W48-6", "2026-332", "11282026", "2026111"),
        *("2/29/2026", "11/28/2026 13:05 PM", "11/28/2026 2:11 ET", "05.06.2026", "28Nov 2026"),
        *("00:00.0", "########", "11:13.0"),  # as a spreadsheet shows or saves them
        *("2026-11-28 02:11:13 UTC EST", "2026-11-28 02:11 EST EDT", "2026-11-28 02:11 -0500 PST"),
        *("Fri Nov 28 02:11:13 2026", "Nov 28 02:11:13 ET 2026", "28-Nov/2026"),
        *("28Nov12:11:45", "28 Nov 12 3:04", "28 Nov 26", "28Nov26"),
        *("T12:30", "0 12:30", "/", "//", "0", "000", "_", "_ 3:00 PM", "00-00/0000"),
        *("11/28/2026 2:11 AM +25:00", "0000-00-00 junk", "00/00/0000 Tlaloc"),
        *("domingo, 28 de noviembre de 2026", "28 de noviembre", "28-xyz-2026", "mar. 28 de 2026"),
        *("28-11-2026", "28.11.2026", "11-12-2026", "11/28/2026 2", "11/28/2026 14 PM"),
        *("11/28/2026 2:11 PMST", "11/28/2026 - 11/30/2026", "28 Nov 2 PM"),
        *("Nov 28 02:11:13 2026 PM", "Nov 28 02:11:13 2026.5"),
    ],
)
def test_other_days_are_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="no date"):
        moment(text)


@pytest.mark.parametrize(
    "text",
    [
        *("0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "1/0/1900", "01/00/1900 12:00 AM"),
        *("(null)", "\\N", "__/__/____", "00000000", "12/30/1899", "1900-01-00"),
        *("NaT", "Mon 12/31/9999", "Wed, 31 Dec 9999"),  # a Friday, but never
    ],
)
def test_what_other_systems_write_for_no_date(text: str) -> None:
    assert moment(text) is None
