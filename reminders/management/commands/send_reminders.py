from typing import Any

from backoffice.management.periodic import PeriodicCommand
from reminders.emails import send_reminders


class Command(PeriodicCommand):
    help = (
        "Emails members before a bill is due, for billers that say that Invoice Cloud's own "
        "reminders are off, between 8 and 11 a.m. in their time zone. Run every 15 minutes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{send_reminders()} emails queued.")
