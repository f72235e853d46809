from typing import Any

from accounts.helpers.by_date import end_by_date
from backoffice.management.periodic import PeriodicCommand


class Command(PeriodicCommand):
    help = (
        "Ends the access of helpers whose last day has passed, and invitations that nobody "
        "accepted within 30 days, and tells both by email, also a week before. Nobody sees "
        "anything after the last day, whether or not this has run. Run every hour."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{end_by_date()} helpers ended.")
