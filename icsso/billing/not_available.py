"""Reports that somebody tried to pay and could not (story 19), to whoever listens."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from icsso.billers.decorators import is_member
from icsso.client import sso

# Argument: attempt (an `Attempt`).
could_not_pay = Signal()
# The pages on which customers pay.
MOST = 50  # accounts of one attempt: as many as can be paid together
PAYING = {sso.BILLS, sso.SCHEDULED_PAYMENTS}


class Attempt(NamedTuple):
    """kind: a value of `FailedAttempt.Kind`. accounts: those that were to be paid, if known. Both
    members and accounts are primary keys. is_sure: whether the portal had established that the
    member may pay these accounts, which a URL does not show."""

    kind: str
    biller: int
    member: int | None
    accounts: tuple[int, ...]
    at: datetime
    is_sure: bool = False


def tell(attempt: Attempt) -> None:
    """Reports the attempt. Whatever a listener does, the customer's page continues."""
    could_not_pay.send_robust(sender=Attempt, attempt=attempt)


def tell_of_page(
    kind: str, request: HttpRequest, *, biller: int, accounts: Collection[int] = ()
) -> None:
    """Reports a page that could not be shown. `?account`, once or several times, names the accounts
    that a member chose to pay.

    accounts: those that the page is about, whoever opens it, such as a pay link's.
    """
    if accounts:
        tell(Attempt(kind, biller, None, tuple(accounts), timezone.now()))
    elif is_member(request):  # otherwise a guest who has not named an account
        chosen = request.GET.getlist("account")[:MOST]
        keys = tuple(int(each) for each in chosen if each.isdecimal() and len(each) < 19)
        tell(Attempt(kind, biller, request.user.pk, keys, timezone.now()))
