"""What happens when the CIS gives an account to another customer.

Every link to it stops showing the account until the member proves it again or staff decide that it
is the same customer. No readable proof is stored, so the names before and after determine whether
an earlier proof may still be valid (`names.same_customer`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts.linked_accounts import kept
from accounts.linked_accounts.names.accepted import is_weak
from accounts.linked_accounts.names.same_customer import is_same_customer
from accounts.models import CustomerChange, LinkedAccount, Member, Signup, UtilityAccount
from accounts.models.linked_account import LinkedAccountQuerySet
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from icsso.billers.absolute_urls import biller_address
from icsso.billers.models import Biller

BATCH = 200  # linked accounts written in one statement
NAMED = 5  # accounts in one email
SOON = timedelta(days=30)  # later it is no wrong file, and the new customer may have paid


class Renamed(NamedTuple):
    """An account whose name changes, by its primary key."""

    account: int
    before: str
    after: str


class CustomerChanges(NamedTuple):
    """accounts: primary keys. asked: how many linked accounts need proof again."""

    accounts: Collection[int] = ()
    asked: int = 0


def moved_to_others(renamed: Iterable[Renamed], biller: Biller) -> list[Renamed]:
    """Returns accounts that belong to another customer now, not just in another spelling."""
    order = Biller.NameOrder(biller.name_order)
    return [each for each in renamed if not is_same_customer(each.before, each.after, order)]


def holders_of(accounts: Collection[int]) -> dict[int, set[int]]:
    """Returns the members who see these accounts, by account; all as primary keys."""
    links = LinkedAccount.objects.standing().filter(account__in=accounts).order_by()
    found: defaultdict[int, set[int]] = defaultdict(set)
    for account, member in links.values_list("account_id", "member_id"):
        found[account].add(member)
    return found


def change_customers(renamed: Sequence[Renamed], biller: Biller) -> CustomerChanges:
    """Takes accounts that belong to another customer now away from the members who hold them.
    Pending sign-ups for them end, and their CustomerGUIDs are cleared. If an account is given back,
    it is shown again to the members who held it.

    Call it after the names are saved, in the same transaction, and `forget_balances` after that.
    """
    if not renamed:
        return CustomerChanges()
    moved = {each.account: each for each in moved_to_others(renamed, biller)}
    asked = _take_away(moved) if moved else 0
    _give_back(renamed, biller)
    if moved:
        undo_changes(_taken_back(moved, biller))
    return CustomerChanges(list(moved), asked)


def forget_balances(changes: CustomerChanges) -> None:
    """Call it after the commit: until then, another request may have kept a balance."""
    kept.forget(changes.accounts)


def notify_members(biller: Biller) -> None:
    """Emails every member who has accounts to prove again and does not know it yet: one email about
    all of them. A crash in between leaves nobody out."""
    for member in list(_to_notify(biller).values_list("member", flat=True).distinct()):
        for send in _notifications(Member.objects.select_related("biller").get(pk=member)):
            send()


def _to_notify(biller: Biller) -> LinkedAccountQuerySet:
    links = LinkedAccount.objects.awaiting_proof().filter(told_at=None, member__biller=biller)
    return links.order_by()


@transaction.atomic
def _notifications(member: Member) -> list[Later]:
    links = _to_notify(member.biller).filter(member=member)
    with translation.override(member.language):
        numbers = [link.account.masked_number for link in links.select_related("account")[:NAMED]]
    number = links.update(told_at=timezone.now())
    if not number or not member.is_active:
        return []
    further = number - len(numbers)
    link = biller_address(member.biller, reverse("accounts:list"))
    return [notifications.prove_again(member, numbers=numbers, further=further, link=link)]


def _take_away(moved: Mapping[int, Renamed]) -> int:
    """Returns how many linked accounts need proof again."""
    now = timezone.now()
    CustomerChange.objects.bulk_create(
        CustomerChange(account_id=each.account, at=now, before=each.before, after=each.after)
        for each in moved.values()
    )
    UtilityAccount.objects.filter(pk__in=moved).update(customer_guid=None)
    # A sign-up that is finishing now has locked its row; its link is found below.
    Signup.objects.filter(account__in=moved, finished_at=None).delete()
    links = list(LinkedAccount.objects.standing().filter(account__in=moved).order_by("pk"))
    for link in links:
        link.needs_proof_since, link.told_at, link.is_first = now, None, False
        link.held_as = moved[link.account_id].before
    changed = ["needs_proof_since", "told_at", "is_first", "held_as"]
    LinkedAccount.objects.bulk_update(links, changed, batch_size=BATCH)
    kept.forget(moved)
    return len(links)


def undo_changes(since: Mapping[int, datetime]) -> None:
    """Deletes changes that did not happen: a wrong file was corrected, or staff decided so. Without
    them, Invoice Cloud's list links the account again. If another member has proved it in between,
    they stay.

    since: the time of the first such change, by the primary key of the account.
    """
    proved = LinkedAccount.objects.filter(account__in=since, origin=LinkedAccount.Origin.PROOF)
    others = proved.order_by().values_list("account_id", "linked_at")
    between = {account for account, at in others if at >= since[account]}
    changes = CustomerChange.objects.filter(account__in=since.keys() - between).order_by()
    undone = [
        pk
        for pk, account, at in changes.values_list("pk", "account_id", "at")
        if at >= since[account]
    ]
    CustomerChange.objects.filter(pk__in=undone).delete()


def _taken_back(moved: Mapping[int, Renamed], biller: Biller) -> dict[int, datetime]:
    """Returns the accounts that belong again to the customer before the latest changes, and when
    these began."""
    order = Biller.NameOrder(biller.name_order)
    changes = CustomerChange.objects.filter(account__in=moved, at__gte=timezone.now() - SOON)
    since: dict[int, datetime] = {}
    for change in changes.order_by("at", "pk"):
        now = moved[change.account_id].after
        if change.account_id in since or is_weak(change.before, order):
            continue
        if is_same_customer(change.before, now, order):
            since[change.account_id] = change.at
    return since


def _give_back(renamed: Sequence[Renamed], biller: Biller) -> None:
    names = {each.account: each.after for each in renamed}
    order = Biller.NameOrder(biller.name_order)
    awaiting = LinkedAccount.objects.awaiting_proof().filter(account__in=names)
    links = [
        link
        for link in awaiting.order_by("pk")
        if not is_weak(link.held_as, order)  # "OCCUPANT" is not a customer to give it back to
        and is_same_customer(link.held_as, names[link.account_id], order)
    ]
    for link in links:
        link.needs_proof_since, link.told_at, link.held_as = None, None, ""
    changed = ["needs_proof_since", "told_at", "held_as"]
    LinkedAccount.objects.bulk_update(links, changed, batch_size=BATCH)
