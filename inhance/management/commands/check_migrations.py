from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inhance.postgresql.beside import EXCUSE, faults


class Command(BaseCommand):
    help = "Says which migrations would hold up or break the release that runs meanwhile."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if found := faults():
            hint = f'If one is safe for a reason, let the migration say so: {EXCUSE} = "…".'
            raise CommandError("\n".join([*found, hint]))
        self.stdout.write("All migrations can be applied beside the release that runs.")
