from typing import Any

from django.core.management.base import BaseCommand

from accounts.notifications import requeue as abandoned


class Command(BaseCommand):
    help = "Requeues emails and other tasks whose worker was killed. Run every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{abandoned.take_up()} tasks requeued.")
