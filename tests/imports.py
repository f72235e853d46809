"""`manage.py import_accounts`, as tests of the CIS run it."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from icsso.billers.models import Biller
from tests.memory import peak


def imported(file: Path, *, biller: str = "shelbyville-power", **options: object) -> str:
    """Imports the file. Returns what the command says."""
    said = StringIO()
    call_command("import_accounts", file, biller=biller, stdout=said, **options)
    return said.getvalue()


def growth(biller: Biller, file: Path, content: Callable[[int], str], *, to: int) -> int:
    """Returns how many more bytes at a time an import of that many new accounts takes than one of
    3,000: two batches are in memory at once, so each import has at least two.

    content: of a file with so many lines. What else this process does can only add to a peak, so
    one of two tries must be flat.
    """

    def measured(lines: int) -> int:
        file.write_text(content(lines))
        return peak(lambda: imported(file, biller=biller.slug))

    biller.accounts.all().delete()
    measured(1_000)  # what is kept after the first batch of all
    fewer = measured(3_000)
    return measured(to) - fewer
