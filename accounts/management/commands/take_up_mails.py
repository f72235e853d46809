from typing import Any

from accounts.notifications import requeue as abandoned
from backoffice.management.periodic import PeriodicCommand


class Command(PeriodicCommand):
    help = "Requeues emails and other tasks whose worker was killed. Run every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{abandoned.take_up()} tasks requeued.")
