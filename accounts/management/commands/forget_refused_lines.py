from typing import Any

from django.core.management.base import BaseCommand

from accounts.cis_runs import AccountImport


class Command(BaseCommand):
    help = "Forgets refused lines of files imported more than 30 days ago. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        number = AccountImport.forget_refused_lines()
        self.stdout.write(f"Refused lines of {number} files forgotten.")
