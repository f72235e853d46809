from typing import Any

from django.core.management.base import CommandParser

from backoffice.management.periodic import PeriodicCommand
from payments.checkout.aging import age_checkouts
from payments.late_fees.recording import record_interrupted
from payments.reconciliation.withdrawal import take_up_withdrawals


class Command(PeriodicCommand):
    help = (
        "Marks checkouts without a postback as unconfirmed, and records those that were "
        "interrupted while they were opened. Continues with withdrawn lists whose reversals are "
        "not all taken back. Run it every few minutes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every",
            action="store_true",
            help="Also looks at checkouts older than two days: once, after a longer interruption.",
        )

    def handle(self, *args: Any, every: bool = False, **options: Any) -> None:
        record_interrupted()
        take_up_withdrawals()
        marked = age_checkouts(every=every)
        self.stdout.write(f"{marked} checkouts marked unconfirmed.")
