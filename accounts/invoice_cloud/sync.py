"""Makes the accounts linked here and those registered at Invoice Cloud the same, both ways.

It starts when a sign-in is answered, and no one waits for it. A property manager may have thousands
of accounts, so everything is read, written, and requested in batches. If a run stops, the next one
continues.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.failures import log_failure
from accounts.invoice_cloud.background import background_work
from accounts.invoice_cloud.context import ConnectContext
from accounts.invoice_cloud.register import (
    AT_ONCE,
    MOST_LOOKED_UP,
    Refused,
    register,
    settle,
    settle_refused,
)
from accounts.models import LinkedAccount, Member, UnknownAccount, UtilityAccount
from accounts.models.sync import AccountSync
from accounts.models.utility_account import Named
from icsso.billers.clients import client_of
from icsso.client.errors import InvoiceCloudError
from icsso.client.parsing import account_key
from icsso.client.resilience.bulkhead import Priority
from icsso.queries import MadeOnce

T = TypeVar("T")
State = LinkedAccount.State
# After a day, refused accounts are tried again: the cause may have been fixed.
ASK_AGAIN_AFTER = timedelta(days=1)
SECONDS = AccountSync.LIMIT.total_seconds()
BATCH = 500  # values in one query: databases accept some tens of thousands


class Here(NamedTuple):
    """A linked account as stored here. There may be thousands, and models would be too slow."""

    pk: int
    account: int
    number: str
    state: str
    settled_at: datetime | None
    guid: UUID | None


def sync_in_background(
    member: Member, password: str, *, then: Callable[[Member], object] = lambda member: None
) -> None:
    """Two processes may do this at the same time: that costs calls, but does no harm. then: called
    afterward, with the accounts that are linked by then."""

    def work() -> None:
        sync_accounts(member, password)
        then(member)

    _tell_under_way(member)
    if not background_work.do(("synchronise", member.pk), work):
        cache.delete(_under_way(member))


def is_under_way(member: Member) -> bool:
    """For texts on pages. Stays True for up to a minute if the process ended during a sync."""
    return bool(cache.get(_under_way(member)))


def sync_accounts(member: Member, password: str) -> AccountSync:
    """Never raises for anything Invoice Cloud does. The result is kept for staff."""
    _tell_under_way(member)
    run = AccountSync.objects.create(member=member)
    client = client_of(member.biller).within(SECONDS).with_priority(Priority.BACKGROUND)
    context = ConnectContext(member, password, client)
    try:
        _both_ways(context, run)
    except InvoiceCloudError as error:
        log_failure(error, member)
        run.failure = str(error)[:200]
    run.end()
    cache.delete(_under_way(member))
    return run


def _both_ways(context: ConnectContext, run: AccountSync) -> None:
    accounts = context.client.retrieve_user_accounts(email=context.email)
    here = {link.number: link for link in _linked(context.member)}
    listed = {account.account_number: account.customer_guid for account in accounts}
    known = context.member.biller.accounts.for_numbers(listed.keys() - here.keys())
    _keep_unknown(run, listed.keys() - here.keys() - known.keys())
    # By the numbers in the CIS. If this spelling is listed too, it comes last and wins.
    there = {named.account_number: listed[number] for number, named in known.items()}
    there |= {number: guid for number, guid in listed.items() if number not in known}
    linked = {link.account for link in here.values()}
    new = [n for n in known.values() if n.pk not in linked and not n.has_changed_hands]
    _link_here(run, new, is_empty=not here)
    _settle_registered(context.member, [link for number, link in here.items() if number in there])
    _learn_guids(context.member, there, {number: link.guid for number, link in here.items()})
    missing = [link for number, link in here.items() if number not in there]
    _register_there(context, run, _due(missing))


def _linked(member: Member) -> list[Here]:
    return [Here(*row) for row in _all_here(member_id=member.pk)]


def _here(**values: Any) -> "QuerySet[LinkedAccount, Any]":
    return (
        LinkedAccount.objects.standing()
        .filter(**values)
        .values_list(
            *("pk", "account_id", "account__account_number"),
            *("state", "settled_at", "account__customer_guid"),
        )
    )


_all_here = MadeOnce(_here, member_id=LinkedAccount._meta.get_field("member"))


def _link_here(run: AccountSync, named: Collection[Named], *, is_empty: bool) -> None:
    """Links these accounts unless the member unlinked them. Leaves out accounts that have another
    customer now, because Invoice Cloud lists them for both."""
    member = run.member
    if not named or member.biller.listed_accounts_need_proof:
        return  # the member can link them with the proof
    unlinked = set(member.unlinked_accounts.values_list("account_id", flat=True))
    by_number = sorted({(each.account_number, each.pk) for each in named})
    wanted = [account for _number, account in by_number if account not in unlinked]
    run.linked = _link_unchanged(member, wanted, is_empty=is_empty)


@transaction.atomic
def _link_unchanged(member: Member, wanted: Sequence[int], *, is_empty: bool) -> int:
    """Returns how many were linked: an import may just have given some to other customers."""
    unchanged = member.biller.accounts.unchanged(wanted)
    now = timezone.now()
    LinkedAccount.objects.bulk_create(
        (
            LinkedAccount(
                member=member,
                account_id=account,
                is_first=is_empty and place == 0,
                origin=LinkedAccount.Origin.INVOICE_CLOUD,
                state=State.REGISTERED,
                settled_at=now,
            )
            for place, account in enumerate(each for each in wanted if each in unchanged)
        ),
        ignore_conflicts=True,  # another sign-in of this member at the same moment
    )
    return len(unchanged)


def _keep_unknown(run: AccountSync, numbers: Collection[str]) -> None:
    """Saves the current ones for staff, and deletes those that are in the CIS by now."""
    before = run.member.unknown_accounts
    gone = set(before.values_list("account_number", flat=True)) - set(numbers)
    for batch in _batches(sorted(gone)):
        before.filter(account_number__in=batch).delete()
    UnknownAccount.objects.bulk_create(
        [UnknownAccount(member=run.member, account_number=number) for number in sorted(numbers)],
        update_conflicts=True,
        unique_fields=["member", "account_number"],
        update_fields=["seen_at"],
    )
    run.unknown = len(numbers)


def _settle_registered(member: Member, links: Sequence[Here]) -> None:
    changed = [link.pk for link in links if link.state != State.REGISTERED]
    for pks in _batches(changed):
        member.links.filter(pk__in=pks).update(
            state=State.REGISTERED, note="", settled_at=timezone.now()
        )


def _learn_guids(
    member: Member, there: Mapping[str, UUID | None], here: Mapping[str, UUID | None]
) -> None:
    """Usually nothing is new, so nothing is read or written."""
    new = {number: guid for number, guid in there.items() if guid and guid != here.get(number)}
    for numbers in _batches(sorted(new)):
        _save_guids(member, {number: new[number] for number in numbers})


@transaction.atomic
def _save_guids(member: Member, guids: Mapping[str, UUID]) -> None:
    """Locks the accounts, so that none can get another customer before it is written."""
    linked = UtilityAccount.objects.filter(
        pk__in=member.links.values("account"), account_number__in=guids
    )
    # Always in the same order: two members may share accounts.
    list(linked.select_for_update().order_by("pk").values_list("pk"))
    accounts = list(linked.order_by("pk"))  # read after locking
    for account in accounts:
        account.customer_guid = guids[account.account_number]
    UtilityAccount.objects.bulk_update(accounts, ["customer_guid"])


def _due(missing: Sequence[Here]) -> list[int]:
    long_ago = timezone.now() - ASK_AGAIN_AFTER
    return [
        link.pk
        for link in missing
        if link.state in {State.PENDING, State.REGISTERED}
        or link.settled_at is None
        or link.settled_at < long_ago
    ]


def _register_there(context: ConnectContext, run: AccountSync, due: Sequence[int]) -> None:
    refused: Refused = []
    unanswered: list[LinkedAccount] = []
    for pks in _batches(due, AT_ONCE):
        if not context.is_still_right():
            run.failure = "the member's email or password is being changed"
            return
        links = list(context.member.links.filter(pk__in=pks).select_related("account"))
        refused_now = register(context, links)
        refused += refused_now
        named = {link.pk for link, _message in refused_now}
        unanswered += [
            link for link in links if link.state == State.PENDING and link.pk not in named
        ]
        run.registered += sum(link.state == State.REGISTERED for link in links)
        run.refused = len(refused)
    settle_refused(context, refused)
    tried_again = [link for link, _words in refused[:MOST_LOOKED_UP]]
    late = unanswered + [link for link in tried_again if link.state == State.PENDING]
    if late:
        _settle_unanswered(context, late)
    # Some were refused because they did not exist there and have now been created, or because
    # another one was refused.
    after_all = sum(link.state == State.REGISTERED for link, _words in refused)
    run.registered += after_all + sum(link.state == State.REGISTERED for link in unanswered)
    run.refused -= after_all


def _settle_unanswered(context: ConnectContext, links: Sequence[LinkedAccount]) -> None:
    """Some Invoice Clouds do not say account by account what they registered: asks which ones they
    have now."""
    accounts = context.client.retrieve_user_accounts(email=context.email)
    there = {account_key(account.account_number) for account in accounts}
    found = [link for link in links if account_key(link.account.account_number) in there]
    settle((link, State.REGISTERED, "") for link in found)


def _batches(values: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _tell_under_way(member: Member) -> None:
    cache.set(_under_way(member), True, SECONDS)


def _under_way(member: Member) -> str:
    return f"synchronising:{member.pk}"
