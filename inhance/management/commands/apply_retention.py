from typing import Any

from django.core.management.base import CommandError, CommandParser

from backoffice.management.periodic import PeriodicCommand
from inhance.retention import services


class Command(PeriodicCommand):
    help = (
        "Deletes what has been kept for as long as RETENTION_DAYS says (docs/privacy.md). Run it "
        "every hour or every day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="says how much would be deleted, and stops"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        applied = services.count() if dry_run else services.apply()
        failed: list[str] = []
        for rule, number, has_failed in applied:
            verb = "emptied" if rule.emptied else "deleted"
            said = f"would be {verb}" if dry_run else verb
            self.stdout.write(f"{number:>8} {said}: {rule.data}")
            if has_failed:
                failed.append(rule.data)
        if failed:
            raise CommandError(f"Not all deleted: {'; '.join(failed)}. The log says why.")
