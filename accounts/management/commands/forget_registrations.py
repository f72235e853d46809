from typing import Any

from django.core.management.base import BaseCommand

from accounts.signup.services import forget_abandoned


class Command(BaseCommand):
    help = "Deletes sign-ups whose link was not used within 7 days. Run once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{forget_abandoned()} abandoned sign-ups deleted.")
