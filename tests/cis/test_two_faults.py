"""Two faults in one line: they must not make up for each other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from icsso.billers.models import Biller
from tests.cast import other_biller

HEADER = "account_number,name,address,city,state,zip,email,phone"
SOUND = "1001,Ida Bell,1 A St,Town,IL,62701,,{spare}\n1003,Kim Ray,3 A St,Town,IL,62701,,{spare}\n"
Import = Callable[[str], str]


@pytest.fixture
def power(db: None) -> Biller:
    return other_biller()


@pytest.fixture
def run(power: Biller, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    def run(text: str, *options: str) -> str:
        file = tmp_path / "cis.csv"
        file.write_text(text)
        call_command("import_accounts", str(file), "--biller", power.slug, *options)
        return capsys.readouterr().out

    return run


def numbers(biller: Biller) -> set[str]:
    return set(biller.accounts.values_list("account_number", flat=True))


@pytest.mark.parametrize("header", [HEADER, f"{HEADER},,,"])
@pytest.mark.parametrize(
    "line",
    [
        "1002,BELL, IDA,1 A St,Town,IL,62701,,,,,",
        "1002,BELL,IDA,1 A St,Town,IL,62701,,,,,",
        "1002,BELL,IDA,1 A St,Town,IL,62701,,,,",  # and one empty cell too few
        "1002,BELL,IDA,1 A St,Town,IL,62701,",  # and no empty cells at all
        "1002,Ida Bell,1 A St,Apt 4,Town,IL,62701,",
        "1002,Ida Bell,1 A St,Apt 4,Town,,62701,",
    ],
)
def test_a_comma_in_a_name_beside_empty_cells_is_refused(
    power: Biller, run: Import, header: str, line: str
) -> None:
    said = run(f"{header}\n{SOUND.format(spare=',,,')}{line}\n")
    assert numbers(power) == {"1001", "1003"}
    assert "row 4 rejected: it" in said or "row 4 rejected: the" in said


@pytest.mark.parametrize("comma", [", ", ","])
def test_commas_in_all_names_are_refused(power: Biller, run: Import, comma: str) -> None:
    lines = "".join(f"{n},BELL{comma}IDA,1 A St,Town,IL,62701,,\n" for n in range(1001, 1010))
    assert "9 rejected" in run(f"{HEADER}\n{lines}")


def test_empty_cells_after_each_line_still_mean_nothing(power: Biller, run: Import) -> None:
    run(f"{HEADER}\n{SOUND.format(spare=',')}1002,Lee,2 A St,Town,IL,62701,,\n")
    assert numbers(power) == {"1001", "1002", "1003"}
