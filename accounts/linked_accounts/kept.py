"""Balances kept with the linked accounts, for everyone who sees the account. Balances of accounts
that nobody has linked are kept in the cache. Everything that writes them is in this file."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache as once
from typing import Any

from django.core.cache import cache
from django.db.models import Max, Q
from django.dispatch import receiver
from django.utils import timezone

from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, Member, UtilityAccount
from accounts.models.linked_account import LinkedAccountQuerySet
from icsso.billing.visits import visited

SECONDS_BEFORE = 48 * 60 * 60  # a payment counts for 24 hours, and its day began earlier
SECONDS_ALONE = 60 * 24 * 60 * 60  # of an account that nobody has linked
AT_ONCE = 1000  # accounts in one statement


def keep(account: int, balance: Balance) -> bool:
    """Returns whether the answer was kept: not if it is older than what is kept, or was requested
    before a payment. account: its primary key."""
    links = LinkedAccount.objects.standing().filter(account=account)
    older = Q(balance_at=None) | Q(balance_at__lt=balance.asked_at)
    written = links.filter(older).update(
        balance_cents=int(balance.amount.scaleb(2)),
        due_on=balance.due_date if balance.amount > 0 else None,
        autopay=balance.autopay,
        paperless=balance.paperless,
        pay_by_text=balance.pay_by_text,
        balance_at=balance.asked_at,
        asked_at=timezone.now(),
    )
    if written or links.exists():
        return bool(written)
    cache.set(_alone(account), balance, SECONDS_ALONE)
    return True


def of(link: LinkedAccount, *, zone: tzinfo) -> Balance | None:
    """Returns the balance kept with the link. zone: the biller's."""
    if link.balance_cents is None or link.balance_at is None:
        return None
    return Balance(
        amount=Decimal(link.balance_cents).scaleb(-2),
        due_date=link.due_on,
        autopay=link.autopay,
        paperless=link.paperless,
        pay_by_text=link.pay_by_text,
        asked_at=link.balance_at,
        zone=zone,
    )


def last(accounts: Collection[int]) -> dict[int, Balance]:
    """Returns the kept balances, however old, by account; none from before a payment, or of a
    former customer. accounts: some primary keys, not thousands.

    For an account that somebody has linked, only the balance kept with the link counts.
    """
    links = LinkedAccount.objects.standing().filter(account__in=accounts)
    found = dict[int, Balance]()
    alone = set(accounts)
    for link in links.select_related("account__biller").order_by("balance_at", "pk"):
        alone.discard(link.account_id)
        if balance := of(link, zone=link.account.biller.zone):
            found[link.account_id] = balance
    return found | _last_alone(alone)


def _last_alone(accounts: Collection[int]) -> dict[int, Balance]:
    if not accounts:
        return {}
    keys = {_alone(account): account for account in accounts}
    return {keys[key]: balance for key, balance in cache.get_many(keys).items()}


@receiver(visited)
def doubt(member: Member, at: datetime, **_: Any) -> None:
    """Marks all balances requested until now: they may have changed on the billing pages."""
    Member.objects.filter(pk=member.pk).update(billing_visited_at=at)
    member.billing_visited_at = at


def undoubted(found: Mapping[int, Balance]) -> dict[int, Balance]:
    """found: balances by account (primary keys). Leaves out those that were requested before anyone
    who sees the account was last on the billing pages."""
    if not found:
        return {}
    last = dict(_visits().filter(account__in=found))
    return {
        account: balance
        for account, balance in found.items()
        if account not in last or balance.asked_at > last[account]
    }


@once
def _visits() -> Any:
    """Returns accounts with the last visit to their billing pages. The query is composed once; its
    callers filter it, so that it never keeps rows."""
    links = LinkedAccount.objects.standing().filter(member__billing_visited_at__isnull=False)
    last = links.order_by().values("account").annotate(last=Max("member__billing_visited_at"))
    return last.values_list("account", "last")


def current(links: Collection[LinkedAccount], *, zone: tzinfo) -> dict[int, Balance]:
    """Returns the kept balances that are not in doubt, by account. zone: the biller's."""
    found = {link.account_id: of(link, zone=zone) for link in links}
    return undoubted({account: each for account, each in found.items() if each})


def claim(link: LinkedAccount) -> bool:
    """Returns whether the caller should ask about this account now, and no other process will."""
    links = LinkedAccount.objects.filter(account=link.account_id, asked_at=link.asked_at)
    return bool(links.update(asked_at=timezone.now()))


def forget_paid(account: UtilityAccount) -> None:
    """Call it after a payment. Stores what was owed before the first one of the biller's day."""
    links = LinkedAccount.objects.filter(account=account).order_by()
    found = list(links.values_list("balance_at", "balance_cents", "needs_proof_since"))
    known = [(at, cents) for at, cents, doubt in found if cents is not None and doubt is None]
    if known:
        _, cents = max(known)
        cache.add(_before(account.pk, account.biller.today()), cents, SECONDS_BEFORE)
    if found:
        _empty(links)
    cache.delete(_alone(account.pk))


def forget(accounts: Collection[int]) -> None:
    """accounts: primary keys. Clears their balances, and invalidates pending answers."""
    keys = list(accounts)
    for start in range(0, len(keys), AT_ONCE):
        links = LinkedAccount.objects.filter(account__in=keys[start : start + AT_ONCE])
        _empty(links)
    cache.delete_many([_alone(account) for account in keys])


def _empty(links: LinkedAccountQuerySet) -> None:
    links.update(
        balance_cents=None,
        due_on=None,
        autopay=None,
        paperless=None,
        pay_by_text=None,
        balance_at=timezone.now(),
        asked_at=None,
    )


def owed_before(days: Mapping[int, date]) -> Mapping[int, Decimal]:
    """Returns what was owed before the first payment of a day, by account (primary keys), as far as
    known. days: by account."""
    keys = {_before(account, day): account for account, day in days.items()}
    if not keys:
        return {}
    found = cache.get_many(keys)
    return {keys[key]: Decimal(cents).scaleb(-2) for key, cents in found.items()}


def _alone(account: int) -> str:
    return f"balance-alone:{account}"


def _before(account: int, day: date) -> str:
    return f"owed-before:{account}:{day.isoformat()}"
