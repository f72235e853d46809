"""A small part of `bench/planted`: a file with every kind of fault, none of which makes data
silently wrong."""

from pathlib import Path

import pytest

from bench.planted.combined import combined, for_longer_lines
from bench.planted.faults import FAULTS
from bench.planted.files import make, try_import
from bench.planted.whole_files import WHOLE_FILES, WholeFile
from tests.cast import other_biller

pytestmark = pytest.mark.django_db


def test_nothing_comes_silently_wrong(tmp_path: Path) -> None:
    made = make(300, share=0.002, seed=3)
    assert {fault.name for _, fault, _ in made.planted} == {fault.name for fault in FAULTS}
    outcome = try_import(made, tmp_path, other_biller())
    assert outcome.wrong == []
    assert outcome.untold == []


def test_two_faults_in_a_line_come_not_silently_wrong_either(tmp_path: Path) -> None:
    faults = combined()
    assert len(faults) > 1000
    made = make(len(faults) + 2000, share=0, seed=4, planted=faults)
    outcome = try_import(made, tmp_path, other_biller())
    assert outcome.wrong == []
    assert outcome.untold == []


@pytest.mark.parametrize("spare", [",", ",,,"])
def test_faults_in_a_file_with_empty_cells_after_each_line(tmp_path: Path, spare: str) -> None:
    made = make(300, share=0.002, seed=3, planted=for_longer_lines(), spare=spare)
    outcome = try_import(made, tmp_path, other_biller())
    assert outcome.wrong == []
    assert outcome.untold == []


@pytest.mark.parametrize("file", WHOLE_FILES, ids=lambda file: file.name)
def test_a_file_that_is_odd_throughout_comes_whole_or_not_at_all(
    tmp_path: Path, file: WholeFile
) -> None:
    assert file.is_right(tmp_path, other_biller(), lines=30) == ""
