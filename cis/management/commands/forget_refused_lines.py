from typing import Any

from django.core.management.base import BaseCommand

from cis.models import AccountImport


class Command(BaseCommand):
    help = "Deletes the rejected rows of files imported more than 30 days ago. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        number = AccountImport.forget_rejects()
        self.stdout.write(f"Rejected rows of {number} files deleted.")
