from typing import Any

from accounts.linked_accounts.refresh import refresh_all
from backoffice.management.periodic import PeriodicCommand


class Command(PeriodicCommand):
    help = (
        "Asks Invoice Cloud for the oldest balances of members with many accounts who were here "
        "lately, then what reminders need, BALANCES_PER_RUN for each biller at most. Run it every "
        "few minutes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{refresh_all()} balances requested.")
