"""What an account owes according to Invoice Cloud: requested after the page, for each account."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal

from django.core.cache import cache
from django.utils import timezone

from accounts.models import Member, UtilityAccount
from icsso.billers.clients import client_of
from icsso.billing import visits
from icsso.client.client import InvoiceCloudClient
from icsso.client.contract import Account
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected
from icsso.client.resilience.bulkhead import Priority

logger = logging.getLogger(__name__)
SECONDS_KEPT = 60


@dataclass(frozen=True, kw_only=True)
class Balance:
    """amount: dollars, negative for a credit. The three enrollments: None means unknown. zone: the
    biller's, where the bill is due until the end of the day."""

    amount: Decimal
    due_date: date | None = None
    autopay: bool | None = None
    paperless: bool | None = None
    pay_by_text: bool | None = None
    asked_at: datetime = field(default_factory=timezone.now, compare=False)
    zone: tzinfo = field(default_factory=timezone.get_current_timezone, compare=False)

    @property
    def kind(self) -> str:
        """Returns credit, nothing, overdue, or due: the page has its own text for each."""
        if self.amount < 0:
            return "credit"
        if self.amount == 0:
            return "nothing"
        return "overdue" if (self.days_left or 0) < 0 else "due"

    @property
    def enrolments(self) -> dict[str, bool]:
        """Returns the known enrollments by the name of their billing page."""
        names = ("autopay", "paperless", "pay_by_text")
        known = {name: getattr(self, name) for name in names}
        return {name: on for name, on in known.items() if on is not None}

    @property
    def days_left(self) -> int | None:
        """Returns days from the biller's today until the due date; negative if past."""
        today = timezone.localdate(timezone=self.zone)
        return (self.due_date - today).days if self.due_date else None


def of(account: UtilityAccount, *, member: Member) -> Balance | None:
    """Returns the balance, at most a minute old and never from before the member's last visit to
    the billing pages, where it may have changed; None if Invoice Cloud does not provide it now.

    member: Invoice Cloud may need their email to find the account's CustomerGUID.
    """
    if kept := known([account], member=member):
        return kept[account.pk]
    try:
        balance = _ask(account, member)
    except InvoiceCloudError as error:
        logger.warning("balance not available: %s", error, extra=_whose(account))
        return None
    if balance:
        cache.set(_key(account.pk), balance, SECONDS_KEPT)
    return balance


def known(accounts: Iterable[UtilityAccount], *, member: Member) -> dict[int, Balance]:
    """Returns cached balances by account, without calling Invoice Cloud."""
    keys = {_key(account.pk): account.pk for account in accounts}
    visited, found = visits.last(member.pk), cache.get_many(keys)
    return {
        keys[key]: kept for key, kept in found.items() if visited is None or kept.asked_at > visited
    }


def forget(account: UtilityAccount) -> None:
    """Call after a payment: the cached balance is no longer right."""
    forget_all([account.pk])


def forget_all(accounts: Iterable[int]) -> None:
    """accounts: their primary keys."""
    cache.delete_many([_key(account) for account in accounts])


def _ask(account: UtilityAccount, member: Member) -> Balance | None:
    # A dashboard requests many at once, and no one is waiting for the page.
    client = client_of(account.biller).with_priority(Priority.YIELDING)
    answer = _account(account, member, client)
    number = answer.account_number
    if number is not None and not account.is_named(number):
        logger.error("invoice cloud answered for another account", extra=_whose(account))
        account.forget_guid()
        return None
    if answer.balance_due is None:
        return None
    return Balance(
        amount=answer.balance_due,
        due_date=answer.due_date,
        autopay=answer.autopay,
        paperless=answer.paperless,
        pay_by_text=answer.pay_by_text,
        zone=account.biller.zone,
    )


def _account(account: UtilityAccount, member: Member, client: InvoiceCloudClient) -> Account:
    number = account.account_number
    guid = account.customer_guid or client.retrieve_customer_guid(
        account_number=number, email=member.email
    )
    account.learn_guid(guid)
    try:
        return client.account(guid)
    except InvoiceCloudRejected:
        account.forget_guid()  # it may have changed: the next attempt requests it again
        raise


def _whose(account: UtilityAccount) -> dict[str, object]:
    return {"biller": account.biller.slug, "account": account.pk}


def _key(account: int) -> str:
    return f"balance:{account}"
