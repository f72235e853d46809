"""The accounts that a member helps with, as far as they may see them now."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.helpers.seen import note_seen
from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.received import Received, received_lately
from accounts.models import Helper, HelperAccount, Member, UtilityAccount
from accounts.models.helpers.models import HelperAccountQuerySet
from icsso.billers.models import Biller


@dataclass(frozen=True)
class HelpedRow:
    """What a helper needs to know about an account, and nothing else of the owner's: no nickname,
    no whole account number, no customer's name. was_asked: if there is no balance, whether Invoice
    Cloud was asked and gave none."""

    shared: HelperAccount
    balance: Balance | None
    received: Received | None = None
    was_asked: bool = False

    @property
    def account(self) -> UtilityAccount:
        return self.shared.link.account

    @property
    def helper(self) -> Helper:
        return self.shared.helper

    @property
    def title(self) -> str:
        words = _("Account %(number)s") % {"number": self.account.masked_number}
        return self.account.address or words

    @property
    def can_pay(self) -> bool:
        return self.helper.may_pay

    @property
    def waits_for_payment(self) -> bool:
        """Returns whether the balance is from before a recent payment."""
        return self.received is not None and not self.received.is_in(self.balance)


def shared_with(member: Member) -> HelperAccountQuerySet:
    """Returns each account that the member helps with once, in a stable order."""
    if not member.has_helped:
        return HelperAccount.objects.none()
    shared = HelperAccount.objects.open_to(member).once().loaded()
    return shared.order_by("helper__owner", "link__account__number_key", "pk")


def all_shared(member: Member, account: int) -> list[HelperAccount]:
    """Returns every share of this account (primary key) with the member: of each of its owners."""
    shared = HelperAccount.objects.open_to(member).filter(link__account=account)
    return list(shared.select_related("helper__owner", "link__account__biller"))


def rows_of(
    request: HttpRequest, shared: Sequence[HelperAccount], biller: Biller
) -> list[HelpedRow]:
    """Does not call Invoice Cloud. Records that the helper has seen the accounts."""
    if not shared:
        return []
    note_seen(request, [each.helper for each in shared], biller)
    current = kept.current([each.link for each in shared], zone=biller.zone)
    received = received_lately(biller, [each.link.account_id for each in shared])
    return [
        row(each, current.get(each.link.account_id), received.get(each.link.account_id))
        for each in shared
    ]


def row(
    shared: HelperAccount,
    balance: Balance | None,
    received: Received | None,
    *,
    was_asked: bool = False,
) -> HelpedRow:
    said = received if received and received.is_said(balance) else None
    return HelpedRow(shared, balance, said, was_asked)
