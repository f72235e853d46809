from typing import Any

from accounts.credentials.resume import resume_by_clock
from backoffice.management.periodic import PeriodicCommand


class Command(PeriodicCommand):
    help = (
        "Completes interrupted email changes if Invoice Cloud answers, and expires changes whose "
        "emailed link was not used. Run every few minutes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{resume_by_clock()} email changes completed.")
