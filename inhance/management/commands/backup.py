from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inhance.backups.services import BackupFailed, back_up


class Command(BaseCommand):
    help = (
        "Writes the whole database into one file in a folder, while the portal is running. "
        "ENCRYPTION_KEYS are not in it: keep them apart."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            self.stdout.write(str(back_up(folder)))
        except (BackupFailed, OSError) as error:
            raise CommandError(str(error)) from error
