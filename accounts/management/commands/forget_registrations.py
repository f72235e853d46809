from typing import Any

from django.core.management.base import BaseCommand

from accounts.models.undelivered_email import forget_undelivered
from accounts.signup.services import forget_abandoned


class Command(BaseCommand):
    help = (
        "Deletes sign-ups whose link was not used within 7 days, and notes of undelivered emails "
        "after 90 days. Run once a day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{forget_abandoned()} abandoned sign-ups deleted.")
        self.stdout.write(f"{forget_undelivered()} notes of undelivered emails deleted.")
