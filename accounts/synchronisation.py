"""Makes the accounts linked here and those registered at Invoice Cloud the same, both ways.

A manager may have thousands: everything is read and written in bulk.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from accounts.conversation import Conversation
from accounts.models import LinkedAccount, UnknownAccount, User, UtilityAccount
from accounts.registering import register, settle_refused
from icsso.contract import UserAccount

State = LinkedAccount.State
# What Invoice Cloud once refused is asked again after a day: somebody may have put it right.
ASK_AGAIN_AFTER = timedelta(days=1)


class Here(NamedTuple):
    """A link as we have it; thousands of these are read where the models would be too slow."""

    pk: int
    number: str
    state: str
    settled_at: datetime | None
    account: int
    guid: UUID | None


def synchronise(talk: Conversation, accounts: Sequence[UserAccount]) -> None:
    """accounts: what Retrieve User Accounts answered for this member."""
    there = {account.account_number: account.customer_guid for account in accounts}
    here = {link.number: link for link in _linked(talk.member)}
    _link_here(talk.member, there.keys() - here.keys(), is_empty=not here)
    both = [link for number, link in here.items() if number in there]
    _settle_registered(talk.member, both)
    _learn_guids(talk.member, there, {number: link.guid for number, link in here.items()})
    _register_there(talk, [link for number, link in here.items() if number not in there])


def _linked(member: User) -> list[Here]:
    columns = "pk", "account__account_number", "state", "settled_at", "account_id"
    rows = member.links.values_list(*columns, "account__customer_guid")
    return [Here(*row) for row in rows]


def _link_here(member: User, numbers: Collection[str], *, is_empty: bool) -> None:
    """Those the CIS knows are linked, except what the member unlinked; the others are shown to
    operators."""
    if not numbers:
        return
    known = UtilityAccount.objects.filter(biller=member.biller, account_number__in=numbers)
    accounts = {account.account_number: account for account in known}
    unlinked = set(member.unlinked_accounts.values_list("account_id", flat=True))
    wanted = [account for _, account in sorted(accounts.items()) if account.pk not in unlinked]
    now = timezone.now()
    LinkedAccount.objects.bulk_create(
        (
            LinkedAccount(
                member=member,
                account=account,
                is_first=is_empty and place == 0,
                state=State.REGISTERED,
                settled_at=now,
            )
            for place, account in enumerate(wanted)
        ),
        ignore_conflicts=True,  # another sign-in of theirs at the same moment
    )
    _learn_unknown(member, set(numbers) - accounts.keys(), known=accounts.keys())


def _learn_unknown(member: User, numbers: Collection[str], *, known: Collection[str]) -> None:
    member.unknown_accounts.filter(account_number__in=known).delete()
    UnknownAccount.objects.bulk_create(
        [UnknownAccount(member=member, account_number=number) for number in sorted(numbers)],
        update_conflicts=True,
        unique_fields=["member", "account_number"],
        update_fields=["seen_at"],
    )


def _settle_registered(member: User, links: Sequence[Here]) -> None:
    pks = [link.pk for link in links if link.state != State.REGISTERED]
    if pks:
        member.links.filter(pk__in=pks).update(
            state=State.REGISTERED, note="", settled_at=timezone.now()
        )


def _learn_guids(
    member: User, there: Mapping[str, UUID | None], here: Mapping[str, UUID | None]
) -> None:
    """A usual sign-in learns nothing new, and so reads and writes nothing."""
    new = {number: guid for number, guid in there.items() if guid and guid != here.get(number)}
    if not new:
        return
    accounts = list(
        UtilityAccount.objects.filter(links__member=member, account_number__in=new.keys())
    )
    for account in accounts:
        account.customer_guid = new[account.account_number]
    UtilityAccount.objects.bulk_update(accounts, ["customer_guid"], batch_size=500)


def _register_there(talk: Conversation, missing: Sequence[Here]) -> None:
    long_ago = timezone.now() - ASK_AGAIN_AFTER
    due = [
        link.pk
        for link in missing
        if link.state in {State.PENDING, State.REGISTERED}
        or link.settled_at is None
        or link.settled_at < long_ago
    ]
    if due:
        links = talk.member.links.filter(pk__in=due).select_related("account")
        settle_refused(talk, register(talk, list(links)))
