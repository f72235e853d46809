from typing import Any

from django.core.management.base import BaseCommand

from accounts.models.undelivered_email import forget_undelivered
from accounts.notifications import requeue as abandoned


class Command(BaseCommand):
    help = (
        "Requeues emails whose worker was killed while sending, and deletes notes of undelivered "
        "emails after 90 days. Run every five minutes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        forget_undelivered()
        self.stdout.write(f"{abandoned.take_up()} emails requeued.")
