"""Links accounts to members who have proved them, and unlinks them."""

from django.db import IntegrityError, transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from accounts.linked_accounts.customers import undo_changes
from accounts.models import LinkedAccount, Member, UnlinkedAccount, UtilityAccount


class AlreadyLinked(Exception):
    """The member already has this account (or another tab was faster)."""


class NoLongerProved(Exception):
    """An import has just given the account another name than the one that was proved."""


class NoLongerLinked(Exception):
    """Staff, or another tab, have just unlinked the account."""


class OtherCustomer(Exception):
    """The names have changed since staff decided about them."""


def link(*, member: Member, account: UtilityAccount) -> LinkedAccount:
    """Links the account here. It is registered at Invoice Cloud at the next connection, because
    that takes the password, which is not available now.

    account: as it was when it was proved. Raises AlreadyLinked and NoLongerProved.
    """
    try:
        with transaction.atomic():
            check_still_proved(account)
            UnlinkedAccount.objects.filter(member=member, account=account).delete()
            return LinkedAccount.objects.create(
                member=member, account=account, is_first=not member.links.exists()
            )
    except IntegrityError:
        raise AlreadyLinked from None


def check_still_proved(account: UtilityAccount) -> None:
    """Locks the account until the end of the transaction: an import that gives it to another
    customer waits, and then finds what the proof was used for. Raises NoLongerProved."""
    now = UtilityAccount.objects.select_for_update().filter(pk=account.pk, name=account.name)
    if not now.exists():
        raise NoLongerProved


@transaction.atomic
def prove_again(link: LinkedAccount, account: UtilityAccount) -> None:
    """Shows the account to the member again. It is registered at Invoice Cloud like a new one.

    account: as it was when it was proved. Raises NoLongerProved and NoLongerLinked.
    """
    check_still_proved(account)
    link = _locked(link)
    if not link.needs_proof_since:
        return  # another tab was faster
    link.origin, link.linked_at = LinkedAccount.Origin.PROOF, timezone.now()
    link.state, link.note, link.settled_at = LinkedAccount.State.PENDING, "", None
    link.is_first = not link.member.links.exists()
    link.stand_again()


@transaction.atomic
def accept_same_customer(link: LinkedAccount) -> None:
    """For staff who know that the new name belongs to the same customer.

    link: with its account, as staff have seen them. Raises OtherCustomer and NoLongerLinked.
    """
    try:
        check_still_proved(link.account)
    except NoLongerProved:
        raise OtherCustomer from None
    now = _locked(link)
    if (now.held_as, now.needs_proof_since) != (link.held_as, link.needs_proof_since):
        raise OtherCustomer
    if now.needs_proof_since:
        undo_changes({now.account_id: now.needs_proof_since})
    now.stand_again()


def _locked(link: LinkedAccount) -> LinkedAccount:
    """Returns the link as it is now, and locks it. Lock its account first, as an import does.
    Raises NoLongerLinked."""
    links = LinkedAccount.objects.select_for_update(of=("self",)).select_related("member")
    now = links.filter(pk=link.pk).first()
    if now is None:
        raise NoLongerLinked
    return now


def make_first(link: LinkedAccount) -> None:
    """Shows only this one first: in one statement, so that two tabs can't set two."""
    wanted = Case(When(pk=link.pk, then=Value(True)), default=Value(False))
    link.member.links.update(is_first=wanted)


@transaction.atomic
def unlink(link: LinkedAccount) -> None:
    UnlinkedAccount.objects.get_or_create(member_id=link.member_id, account_id=link.account_id)
    link.delete()
