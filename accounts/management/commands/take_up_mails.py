from typing import Any

from django.core.management.base import BaseCommand

from accounts.notifications import requeue as abandoned


class Command(BaseCommand):
    help = "Sends mails whose worker was killed over them. Run it every five minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{abandoned.take_up()} mails taken up again.")
