from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inhance.backups.services import BackupFailed, restore


class Command(BaseCommand):
    help = (
        "Fills an empty database from a file of the command backup, and says whether "
        "ENCRYPTION_KEYS fit. Run migrate and check afterward."
    )
    requires_system_checks = []  # the database is empty

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            restore(file)
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Restored. Run migrate and check, then start the processes.")
