from typing import Any

from django.core.management.base import BaseCommand

from reminders.emails import send_reminders


class Command(BaseCommand):
    help = (
        "Emails members before a bill is due, for billers that say that Invoice Cloud's own "
        "reminders are off, between 8 and 11 a.m. in their time zone. Run every 15 minutes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{send_reminders()} emails queued.")
