from typing import Any

from django.core.management.base import BaseCommand

from accounts.notifications import requeue as abandoned


class Command(BaseCommand):
    help = "Requeues emails whose worker was killed while sending. Run every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{abandoned.take_up()} emails requeued.")
