from typing import Any

from django.core.management.base import BaseCommand

from accounts.credentials.resume import resume_by_clock


class Command(BaseCommand):
    help = (
        "Carries out e-mail changes that broke off, as far as Invoice Cloud answers, and gives up "
        "changes whose mail nobody has followed. Run it every few minutes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{resume_by_clock()} e-mail changes carried out.")
