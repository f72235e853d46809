from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from backoffice.tables.files import opened
from backoffice.tables.mapping import find_columns, hidden_line, ignored_columns
from backoffice.tables.table import Table, UnreadableFile
from cis.closing import DoubtfulFile
from cis.customers import DoubtfulNames
from cis.importer import Anyway, import_accounts
from cis.models import AccountImport
from cis.preview import preview
from cis.rows.columns import ACCOUNTS, COLUMNS
from cis.rows.problems import Reject, RejectsFile, ignored_line
from icsso.billers.models import Biller

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
DELIMITERS |= {"caret": "^", "tilde": "~"}
WIDTH = 40  # width of the bar
EVERY = 30  # seconds between two lines in a log


class Command(BaseCommand):
    help = (
        "Imports the accounts of a biller's CIS from a text file or a spreadsheet with the column "
        f"names {', '.join(COLUMNS)}, below titles or not. The usual other names are understood, "
        "and so are the columns chosen in the admin. Safe to repeat, even after a crash. Accounts "
        "that are not in the file stay as they are, except with --full."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--biller", required=True, metavar="SLUG")
        parser.add_argument(
            "--full", action="store_true", help="close accounts that are not in the file"
        )
        parser.add_argument(
            "--close-anyway",
            action="store_true",
            help="with --full: close accounts even if there are unusually many",
        )
        parser.add_argument(
            "--new-customers-anyway",
            action="store_true",
            help="import the names even if unusually many accounts get another customer",
        )
        parser.add_argument(
            "--preview",
            action="store_true",
            help="only show what the file would change; nothing is changed",
        )
        parser.add_argument(
            "--refused",
            type=Path,
            metavar="OUT.csv",
            help="write rejected rows to this file, with reasons",
        )
        parser.add_argument(
            "--sheet",
            default="",
            help="sheet of a spreadsheet; otherwise the first visible with a table",
        )
        parser.add_argument(
            "--delimiter", choices=DELIMITERS, help="of a text file; detected if not given"
        )
        parser.add_argument(
            "--header", type=int, metavar="ROW", help="number of the row with the column names"
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            type=_column,
            dest="columns",
            metavar="FIELD=NAME",
            help="which column holds a field, for example “name=Bill To”; without a name, the "
            "field is not imported. Can be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = AccountImport(
            biller=_biller(options["biller"]),
            file_name=options["file"].name[:200],
            is_full=options["full"],
        )
        try:
            self._import(run, options)
        except UnreadableFile as error:
            raise CommandError(f"Nothing was imported. {error}") from None
        except DoubtfulFile as error:
            advice = "To close them anyway, add --close-anyway."
            raise CommandError(f"Nothing was imported. {error} {advice}") from None
        except DoubtfulNames as error:
            advice = "Check the file with --preview. If it is right, add --new-customers-anyway."
            raise CommandError(f"Nothing was imported. {error} {advice}") from None

    def _import(self, run: AccountImport, options: Mapping[str, Any]) -> None:
        delimiter = DELIMITERS.get(options["delimiter"], "")
        with (
            opened(options["file"], sheet=options["sheet"], delimiter=delimiter) as table,
            self._rejects(table, options["refused"]) as reject,
        ):
            run.columns = find_columns(
                table,
                ACCOUNTS,
                run.columns_used_before(),
                chosen=dict(options["columns"]),
                header=options["header"],
            )
            unread = ignored_columns(table, ACCOUNTS, run.columns), table.unread_sheets
            if ignored := ignored_line(*unread):
                self.stdout.write(ignored)
            if options["preview"]:
                self._preview(table, run)
                return
            bar = ProgressBar(self.stderr, table, run)
            anyway = Anyway(options["close_anyway"], options["new_customers_anyway"])
            import_accounts(table, run, reject=reject, anyway=anyway, report=bar.draw)
            bar.end()
        self._summarize(run, said=ignored)

    def _summarize(self, run: AccountImport, *, said: str) -> None:
        """said: the warning that was already shown before the import."""
        for line in run.warnings.splitlines():
            if line != said:
                self.stdout.write(line)
        if run.asked_again:
            self.stdout.write(
                f"Linked accounts that have another customer now: {run.asked_again}. Their members "
                "are asked for proof again; see “Accounts with another customer” in the admin."
            )
        self.stdout.write(
            f"{run.biller.name}: {run.created} new, {run.changed} changed, "
            f"{run.unchanged} unchanged, {run.closed} closed, {run.rejected} rejected."
        )

    def _preview(self, table: Table, run: AccountImport) -> None:
        seen = preview(table, run.biller, run.columns, is_full=run.is_full, is_awaited=False)
        customers = seen.customers
        for one in customers.first:
            self.stdout.write(f"{one.number}: {one.before} -> {one.after}")
        for said in filter(None, (hidden_line(table), seen.doubt, customers.doubt)):
            self.stdout.write(said)
        self.stdout.write(
            f"Nothing was imported. {run.biller.name} would have {seen.created} new, "
            f"{seen.changed} changed, {seen.unchanged} unchanged, {seen.closed} closed, and "
            f"{seen.rejected} rejected. Members who would be asked for proof again: "
            f"{len(customers.members)}."
        )

    @contextmanager
    def _rejects(self, table: Table, out: Path | None) -> Iterator[Callable[[Reject], None]]:
        """Reports rejected rows: to the screen, or in full to a file."""
        if out is None:
            yield lambda reject: self.stdout.write(
                f"row {reject.row.number} rejected: {reject.reason}"
            )
            return
        try:
            file = out.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from None
        with file:
            yield RejectsFile(table, file).add


class ProgressBar:
    """A progress bar on a terminal; an occasional line in a log."""

    def __init__(self, out: OutputWrapper, table: Table, run: AccountImport) -> None:
        self.out, self.table, self.run = out, table, run
        self.is_watched = out.isatty()
        self.drawn = monotonic()

    def draw(self) -> None:
        words = f"{self.table.progress:4.0%}, {self.run.rows:,} rows"
        if self.is_watched:
            bar = "#" * int(self.table.progress * WIDTH)
            self.out.write(f"\r[{bar:{WIDTH}}] {words}", ending="")
            self.out.flush()
        elif monotonic() - self.drawn > EVERY:
            self.drawn = monotonic()
            self.out.write(words)

    def end(self) -> None:
        if self.is_watched:
            self.out.write("")


def _column(entered: str) -> tuple[str, str]:
    """Returns a field and the name of its column."""
    field, equals, name = entered.partition("=")
    if field not in COLUMNS or not equals:
        raise ArgumentTypeError(f"not FIELD=NAME with one of the fields {', '.join(COLUMNS)}")
    return field, " ".join(name.split())


def _biller(slug: str) -> Biller:
    biller = Biller.objects.filter(slug=slug).first()
    if biller is None:
        known = ", ".join(Biller.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no biller {slug} (known: {known}).")
    return biller
