"""The accounts that a member may pay now: their own, and those they help with."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import HelperAccount, LinkedAccount, Member, UtilityAccount
from accounts.models.helpers.models import HelperAccountQuerySet, Right
from backoffice.bidi import isolated


class Payable(NamedTuple):
    """An account that the member may pay: their own, or one that they help with (`helped`). A
    helper never learns the whole number, which is half of the proof of ownership."""

    link: LinkedAccount
    helped: HelperAccount | None = None

    @property
    def account(self) -> UtilityAccount:
        return self.link.account

    @property
    def number(self) -> str:
        return self.account.masked_number if self.helped else self.account.account_number

    @property
    def name(self) -> str:
        """Returns the number first, because a closed list on a phone cuts off the end."""
        if self.helped is None:
            parts = [self.number, isolated(self.link.title)]
        else:
            number = _("Account %(number)s") % {"number": self.number}
            owner = _("you help %(owner)s") % {"owner": self.helped.helper.masked_owner}
            parts = [number, isolated(self.account.address), owner]
        return "\N{NO-BREAK SPACE}· ".join(filter(None, parts))


def payable(member: Member, accounts: Sequence[int]) -> dict[int, Payable]:
    """Returns which of the accounts (primary keys) the member may pay now."""
    own = member.links.select_related("account__biller").filter(account__in=accounts)
    helped = helped_by(member).filter(link__account__in=accounts)
    found = {each.link.account_id: Payable(each.link, each) for each in helped.loaded()}
    return found | {link.account_id: Payable(link) for link in own}


def helped_by(member: Member) -> HelperAccountQuerySet:
    """Returns the accounts of others that the member may pay now."""
    if not member.has_helped:
        return HelperAccount.objects.none()
    return HelperAccount.objects.open_to(member).filter(helper__right=Right.PAY).once()
