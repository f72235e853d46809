"""A small part of `bench/planted_faults.py`: a file with every fault, none silently wrong."""

from pathlib import Path

import pytest

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


@pytest.mark.parametrize("file", WHOLE_FILES, ids=lambda file: file.name)
def test_a_file_that_is_odd_throughout_comes_whole_or_not_at_all(
    tmp_path: Path, file: WholeFile
) -> None:
    assert file.is_right(tmp_path, other_biller(), lines=30) == ""
