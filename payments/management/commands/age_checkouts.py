from typing import Any

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

    def handle(self, *args: Any, **options: Any) -> None:
        record_interrupted()
        take_up_withdrawals()
        self.stdout.write(f"{age_checkouts()} checkouts marked unconfirmed.")
