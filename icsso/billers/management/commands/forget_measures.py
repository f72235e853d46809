from typing import Any

from django.core.management.base import BaseCommand

from icsso.billers.metrics.models import forget_old_measures


class Command(BaseCommand):
    help = "Deletes the response times of Invoice Cloud calls after 92 days. Run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{forget_old_measures()} call metrics deleted.")
