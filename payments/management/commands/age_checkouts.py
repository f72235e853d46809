from typing import Any

from django.core.management.base import BaseCommand

from payments.checkout.aging import age_checkouts


class Command(BaseCommand):
    help = "Marks checkouts without a postback as unconfirmed. Run it every few minutes."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{age_checkouts()} checkouts marked unconfirmed.")
