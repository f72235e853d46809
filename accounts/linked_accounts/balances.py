"""What an account owes according to Invoice Cloud: requested after the page, or later."""

import logging
from datetime import timedelta

from django.utils import timezone

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import Member, UtilityAccount
from icsso.billers.clients import client_of
from icsso.client.client import InvoiceCloudClient
from icsso.client.contract import Account
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected
from icsso.client.resilience.bulkhead import Priority

logger = logging.getLogger(__name__)
NOT_ASKED_AGAIN = timedelta(minutes=1)


def of(account: UtilityAccount, *, member: Member) -> Balance | None:
    """Returns the balance, at most a minute old and never from before a visit to the billing pages,
    where it may have changed; None if Invoice Cloud does not provide it now.

    member: Invoice Cloud may need their email to find the account's CustomerGUID.
    """
    if found := known(account):
        return found
    try:
        return ask(account, member=member)
    except InvoiceCloudError as error:
        logger.warning("balance not available: %s", error, extra=_whose(account))
        return None


def ask(
    account: UtilityAccount, *, member: Member, priority: Priority = Priority.YIELDING
) -> Balance | None:
    """Asks Invoice Cloud, and keeps the answer. Raises InvoiceCloudError."""
    balance = _ask(account, member, client_of(account.biller).with_priority(priority))
    if balance:
        kept.keep(account.pk, balance)
    return balance


def known(account: UtilityAccount) -> Balance | None:
    """Returns the kept balance if it is recent enough."""
    found = kept.undoubted(kept.last([account.pk])).get(account.pk)
    return found if found and timezone.now() - found.asked_at < NOT_ASKED_AGAIN else None


def _ask(account: UtilityAccount, member: Member, client: InvoiceCloudClient) -> Balance | None:
    asked_at = timezone.now()
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
        asked_at=asked_at,
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
