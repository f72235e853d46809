from typing import Any

from django.core.management.base import BaseCommand

from accounts.signup.services import forget_abandoned


class Command(BaseCommand):
    help = "Forgets sign-ups whose link was not used for 7 days. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{forget_abandoned()} abandoned sign-ups forgotten.")
