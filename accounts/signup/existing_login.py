"""Signing up with the login that a customer already has at Invoice Cloud (story 15).

Invoice Cloud checks the email and password twice: when they are entered first, and again behind the
emailed link. So the portal stores no password in between (docs/decisions/0028-existing-login.md).
"""

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from threading import BoundedSemaphore

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.credentials.calls import PasswordRefused
from accounts.credentials.password_change import reconnect
from accounts.linked_accounts.services import check_still_proved
from accounts.models import LinkedAccount, Member, Signup, UtilityAccount
from accounts.models.credential_change import CredentialChange, Kind
from accounts.passwords.validators import Owner, check_rules
from accounts.signup.services import create_member
from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected

BUDGET = 10.0  # seconds for all calls of one check
# Seconds: a refusal is answered after this long, or a multiple of it. How many calls Invoice Cloud
# took, and how long its list of accounts is, would otherwise tell a wrong password from an unknown
# address or a right password without an account here.
PACE = 3.0
AT_ONCE = 4  # checks in this process: the other threads keep serving pages meanwhile

_seats = BoundedSemaphore(AT_ONCE)


class NotAccepted(Exception):
    """The login is not right, or none of its accounts is an open one in the CIS."""


class CannotCheck(Exception):
    """Nobody knows whether the login is right: Invoice Cloud is not available, or is set up wrong,
    or too many are being checked at this moment."""


def accounts_of(biller: Biller, *, email: str, password: str) -> list[int]:
    """Returns the open accounts in the CIS that Invoice Cloud lists for this login, as primary keys
    in the order of their numbers; not those that have changed hands, which it may list for their
    former customer. Raises NotAccepted and CannotCheck."""
    if not _seats.acquire(blocking=False):
        raise CannotCheck
    started = time.monotonic()
    try:
        found = _accounts_of(biller, email, password)
    finally:
        _seats.release()  # before the wait, which must not take a seat from anyone
    if not found:
        _wait(time.monotonic() - started)
        raise NotAccepted
    return found


def follows_rules(password: str, signup: Signup) -> bool:
    """Invoice Cloud accepts shorter and simpler passwords than the portal does."""
    owner = Owner(signup.email, biller_name=signup.biller.name)
    try:
        check_rules(password, owner)
    except ValidationError:
        return False
    return True


def finish(
    signup: Signup, *, password: str, listed: Sequence[int], proved: UtilityAccount | None = None
) -> Member:
    """Creates the member of a login that Invoice Cloud has just accepted: with the accounts that it
    lists, or only with the one proved here, where the biller wants proof.

    A password that breaks the portal's rules is not taken over: until the member has chosen a new
    one, none is right. Raises AlreadyFinished, AddressTaken, and NoLongerProved.
    """
    now = timezone.now()
    usable = password if follows_rules(password, signup) else None
    hashed = make_password(usable)
    with transaction.atomic():
        if proved:
            check_still_proved(proved)
        links = [LinkedAccount(account=proved)] if proved else _listed(signup.biller, listed)
        return create_member(signup, password=hashed, links=links, registered_at=now)


def normalize_there(member: Member, password: str) -> None:
    """Gives Invoice Cloud the normal form of a password that it has just accepted as it was typed,
    so that both sides have the same. If that fails, the sign-in asks for approval by email."""
    change = CredentialChange.objects.create(member=member, kind=Kind.RECONNECT)
    with suppress(PasswordRefused):
        reconnect(change, password)


def _listed(biller: Biller, accounts: Sequence[int]) -> list[LinkedAccount]:
    """Locks the accounts, and leaves out those that an import has just given to somebody else."""
    unchanged = biller.accounts.unchanged(accounts)
    now = timezone.now()
    return [
        LinkedAccount(
            account_id=account,
            origin=LinkedAccount.Origin.INVOICE_CLOUD,
            state=LinkedAccount.State.REGISTERED,
            settled_at=now,
        )
        for account in accounts
        if account in unchanged
    ]


def _accounts_of(biller: Biller, email: str, password: str) -> list[int]:
    client = client_of(biller).within(BUDGET)
    try:
        client.remote_authentication(email=email, password=password)
        listed = client.retrieve_user_accounts(email=email)
    except InvoiceCloudRejected:
        return []
    except InvoiceCloudError as error:
        # The client has logged it. Without its context, which may hold more than we want to keep.
        raise CannotCheck(str(error)) from None
    return _open_in_cis(biller, {account.account_number for account in listed})


def _open_in_cis(biller: Biller, numbers: Collection[str]) -> list[int]:
    found = set(biller.accounts.for_numbers(numbers).values())
    ordered = sorted(found, key=lambda named: named.account_number)
    return [named.pk for named in ordered if not named.closed_at and not named.has_changed_hands]


def _wait(passed: float) -> None:
    """Waits until a multiple of `PACE` has passed since the beginning."""
    time.sleep(PACE - passed % PACE)
