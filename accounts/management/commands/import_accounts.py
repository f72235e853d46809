from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import cis
from icsso.models import Biller


class Command(BaseCommand):
    help = (
        "Takes over the accounts of a biller's CIS from a CSV file (UTF-8) whose first line names "
        f"the columns: {', '.join(cis.COLUMNS)}. Safe to repeat; accounts not in it stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--biller", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        biller = Biller.objects.filter(slug=options["biller"]).first()
        if biller is None:
            known = ", ".join(Biller.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no biller {options['biller']} (known: {known}).")
        try:
            outcome = cis.import_accounts(options["file"], biller=biller, refuse=self._refuse)
        except cis.UnreadableFile as error:
            raise CommandError(f"Nothing was taken over. {error}") from None
        self.stdout.write(
            f"{biller.name}: {outcome.came} came, {outcome.changed} changed, "
            f"{outcome.unchanged} unchanged, {outcome.refused} refused."
        )

    def _refuse(self, line: int, reason: str) -> None:
        self.stdout.write(f"line {line} refused: {reason}")
