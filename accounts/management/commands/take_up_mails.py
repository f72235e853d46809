import logging
from typing import Any

from accounts.notifications import requeue as abandoned
from backoffice.management.periodic import PeriodicCommand

logger = logging.getLogger("accounts.notifications")


class Command(PeriodicCommand):
    help = "Requeues emails and other tasks whose worker was killed. Run every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{abandoned.take_up()} tasks requeued.")
        if late := abandoned.late_emails():
            logger.error("%s emails wait: does a worker serve the queue 'emails'?", late)
