from typing import Any

from django.core.management.base import BaseCommand

from inhance.retention.table import table


class Command(BaseCommand):
    help = "Prints the table of docs/privacy.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(table(), ending="")
