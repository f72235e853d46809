from typing import Any

from backoffice.management.periodic import PeriodicCommand
from support.work.daily_email import send_daily_emails


class Command(PeriodicCommand):
    help = (
        "Emails staff what waits for them, once a day between 7 and 11 a.m. in their biller's time "
        "zone. Run every hour."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{send_daily_emails()} emails queued.")
