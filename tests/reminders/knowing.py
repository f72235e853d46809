"""What the tests of reminders share: what Invoice Cloud last said of an account."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount
from tests.cast import Cast


def known(cast: Cast, days: int | None, number: str = "10000101", **facts: Any) -> Balance:
    """A balance of $84.20, due in so many days on the biller's calendar."""
    zone = cast.biller.zone
    due = None if days is None else cast.biller.today() + timedelta(days=days)
    ago = facts.pop("ago", timedelta(minutes=10))
    balance = Balance(
        **{
            "amount": Decimal("84.20"),
            "due_date": due,
            "autopay": None,
            "asked_at": timezone.now() - ago,
            "zone": zone,
            **facts,
        }
    )
    account = cast.account(number).pk
    kept.forget([account])
    LinkedAccount.objects.filter(account=account).update(balance_at=None)  # whenever it was asked
    assert kept.keep(account, balance)
    return balance
