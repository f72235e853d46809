"""“Is this the right bill?”: shown to a guest who gave the proof, before anything is launched.

The person with the proof need not be the customer, so names and house numbers are masked.
"""

from typing import NamedTuple

from accounts.linked_accounts import balances
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.received import received_lately
from accounts.masks import masked_name, masked_street
from accounts.models import Member, UtilityAccount
from payments.checkout.forms import GuestForm


class Bill(NamedTuple):
    """balance: None if Invoice Cloud does not give it now. waits_for_payment: whether it may be
    from before a recent payment in the portal."""

    account: UtilityAccount
    name: str
    street: str
    balance: Balance | None
    waits_for_payment: bool


def bill_of(form: GuestForm) -> Bill:
    """Asks Invoice Cloud for the balance, unless a recent answer is kept. For a valid form."""
    account = form.account
    assert account  # noqa: S101  (called on a valid form)
    # Invoice Cloud may need an email to find the account: the one in the CIS.
    balance = balances.of(account, member=Member(email=account.email))
    received = received_lately(account.biller, [account.pk]).get(account.pk)
    return Bill(
        account,
        masked_name(account.name),
        masked_street(account.address),
        balance,
        waits_for_payment=received is not None and not received.is_in(balance),
    )
