"""What a checkout has received, for one or several accounts. The receipt shows it as a whole."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from payments.checkout.others import others_in
from payments.checkout.reversals import what_became_of
from payments.models import Checkout, Payment, Reversal
from payments.models.checkout_status import NO_MONEY, SETTLED, Status

ZERO = Decimal("0.00")


class Received:
    """The payments of one checkout, with a payment's names, for the same templates."""

    def __init__(self, payments: Sequence[Payment]) -> None:
        self.payments = payments

    def _sum(self, name: str) -> Decimal:
        return sum((getattr(each, name) for each in self.payments), ZERO)

    @property
    def amount(self) -> Decimal:
        return self._sum("amount")

    @property
    def fee(self) -> Decimal:
        return self._sum("fee")

    @property
    def total(self) -> Decimal:
        return self._sum("total")

    @property
    def net_amount(self) -> Decimal:
        return self._sum("net_amount")

    @property
    def net_fee(self) -> Decimal:
        return self._sum("net_fee")

    @property
    def net_total(self) -> Decimal:
        return self._sum("net_total")

    @property
    def reversed_total(self) -> Decimal:
        return self._sum("reversed_total")

    @property
    def is_reversed(self) -> bool:
        return all(each.is_reversed for each in self.payments)

    @property
    def is_posted(self) -> bool:
        return all(each.is_posted for each in self.payments)

    @property
    def paid_at(self) -> datetime:
        return min(each.paid_at for each in self.payments)

    @property
    def method(self) -> str:
        return ", ".join(dict.fromkeys(each.method for each in self.payments if each.method))

    @property
    def last_reversal(self) -> Reversal | None:
        found = [last for each in self.payments if (last := each.last_reversal)]
        return max(found, key=lambda each: each.pk, default=None)

    def events(self) -> list[str]:
        """Returns a sentence about each event; with several payments, each names its account."""
        told = [(each.account, said) for each in self.payments for said in what_became_of(each)]
        if len(self.payments) == 1:
            return [said for _account, said in told]
        words = _("Account %(number)s: %(event)s")
        return [words % {"number": account.masked_number, "event": said} for account, said in told]


class Part(NamedTuple):
    """One account of a checkout. is_helped: whether it is not the payer's own now."""

    account: UtilityAccount
    status: Status
    payment: Payment | None
    is_helped: bool = False


def received_in(checkout: Checkout) -> Received | None:
    payments = list(checkout.payments.all())
    return Received(payments) if payments else None


def parts_of(checkout: Checkout) -> list[Part]:
    """Returns the accounts in the order in which they were chosen."""
    prefetch_related_objects([checkout], "payments")
    paid = {each.account_id: each for each in checkout.payments.all()}
    statuses, others = checkout.statuses(), others_in(checkout)
    return [
        Part(account, statuses[account.pk], paid.get(account.pk), account.pk in others)
        for account in checkout.ordered_accounts
    ]


def to_pay_again(parts: Sequence[Part]) -> list[UtilityAccount]:
    """Returns the accounts that the customer may be invited to pay again: none that is paid or
    being checked; if some are paid, only those for which it is known that no money came."""
    statuses = {part.status for part in parts}
    if statuses & {*SETTLED}:
        known = {*NO_MONEY, Status.REVERSED}
        return [part.account for part in parts if part.status in known]
    return [part.account for part in parts if part.status != Status.CHECKING]
