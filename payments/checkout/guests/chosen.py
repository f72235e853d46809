"""The account that a guest need not enter, because a pay link or an earlier payment names it.

The page shows only the end of its number, because a link can be passed on. It is no proof.
"""

import re
from typing import NamedTuple

from accounts.models import UtilityAccount
from icsso.billers.decorators import BillerRequest
from icsso.billers.pay_links.services import account_of
from payments.models import Checkout
from payments.pay_links.views import LINK

AGAIN = "again"  # the parameter that holds the address of a checkout
ADDRESS = re.compile(r"[\w-]{1,64}", re.ASCII)  # of a checkout


class Chosen(NamedTuple):
    """link: the code of the pay link, if there is one, even if it does not work."""

    account: UtilityAccount | None
    link: str = ""

    @property
    def is_dead_link(self) -> bool:
        return bool(self.link) and self.account is None


def chosen_account(request: BillerRequest) -> Chosen:
    if link := request.GET.get(LINK, ""):
        found = request.biller.accounts.filter(pk=account_of(link, biller=request.biller))
        return Chosen(found.select_related("biller").first(), link)
    return Chosen(_paid_before(request))


def named_accounts(request: BillerRequest) -> list[int]:
    """Returns the accounts (primary keys) that a visitor with a pay link, or after an earlier
    payment, wanted to pay."""
    account = chosen_account(request).account
    return [account.pk] if account else []


def _paid_before(request: BillerRequest) -> UtilityAccount | None:
    """Returns the account of a guest's checkout, for starting over or trying again. Its URL is as
    hard to guess as that of the receipt."""
    address = request.GET.get(AGAIN, "")
    if not ADDRESS.fullmatch(address):
        return None
    begun = Checkout.objects.filter(
        biller=request.biller, address=address, kind=Checkout.Kind.GUEST
    )
    return UtilityAccount.objects.filter(checkouts__in=begun).select_related("biller").first()
