"""Links accounts to members who have proved them, and unlinks them."""

from django.db import IntegrityError, transaction
from django.db.models import Case, Value, When

from accounts.models import LinkedAccount, Member, UnlinkedAccount, UtilityAccount


class AlreadyLinked(Exception):
    """The member already has this account (or another tab was faster)."""


def link(*, member: Member, account: UtilityAccount) -> LinkedAccount:
    """Links the account here. It is registered at Invoice Cloud at the next connection, because
    that takes the password, which is not available now."""
    try:
        with transaction.atomic():
            UnlinkedAccount.objects.filter(member=member, account=account).delete()
            return LinkedAccount.objects.create(
                member=member, account=account, is_first=not member.links.exists()
            )
    except IntegrityError:
        raise AlreadyLinked from None


def make_first(link: LinkedAccount) -> None:
    """Shows only this one first: in one statement, so that two tabs can't set two."""
    wanted = Case(When(pk=link.pk, then=Value(True)), default=Value(False))
    link.member.links.update(is_first=wanted)


@transaction.atomic
def unlink(link: LinkedAccount) -> None:
    UnlinkedAccount.objects.get_or_create(member_id=link.member_id, account_id=link.account_id)
    link.delete()
