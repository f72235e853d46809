"""Launching Cloud Payments V2: one checkout, one call to Invoice Cloud, and one hosted page for all
its accounts, no matter how often the customer asks."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Member, UtilityAccount
from accounts.tokens import digest, new_secret
from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.billing.not_available import Attempt, tell
from icsso.client.contract import CloudPaymentsRequest, PayingCustomer
from icsso.client.errors import (
    InvoiceCloudError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)
from payments.models import Checkout
from payments.models.checkout_account import MOST_ACCOUNTS, AccountFacts, digest_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """A customer's request to pay one or several accounts of one biller, each once.

    visitor: identifies the customer, so that a repeated request is noticed. customers: sent to
    Invoice Cloud, one for each account. owed: what the accounts owe (by primary key), as far as
    known; not sent. owners: the member who is helped, by account. token: RemoteAuthenticationToken
    of the sign-in, empty if there is none.
    """

    accounts: Sequence[UtilityAccount]
    kind: Checkout.Kind
    visitor: str
    customers: Sequence[PayingCustomer]
    owed: Mapping[int, Decimal] = field(default_factory=dict)
    member: Member | None = None
    owners: Mapping[int, int] = field(default_factory=dict)
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError."""
        keys = {account.pk for account in self.accounts}
        billers = {account.biller_id for account in self.accounts}
        if not 1 <= len(self.accounts) == len(keys) <= MOST_ACCOUNTS or len(billers) != 1:
            raise ValueError("A checkout is for 1 to 50 accounts of one biller.")

    @property
    def biller(self) -> Biller:
        return self.accounts[0].biller


def launch(asked: CheckoutRequest, *, absolute: Callable[[str], str]) -> Checkout:
    """Returns the current checkout while it is reusable, or else a new one after opening it. A
    checkout opened with another token, or for another owner, is not reused.

    absolute: turns a path into a URL that Invoice Cloud can reach. Errors of Invoice Cloud are
    recorded in the checkout.
    """
    current = _current(asked)
    if current and _fits(current, asked):
        return current
    postback_token, return_token = new_secret(), new_secret()
    digests = {
        "postback_digest": digest(postback_token),
        "return_digest": digest(return_token),
    }
    try:
        checkout = _create(asked, digests, stale=current)
    except IntegrityError:  # requested in two tabs at once; the other one opens it
        other = _checkouts_of(asked).latest("pk")
        return other if _owners(other) == asked.owners else launch(asked, absolute=absolute)
    addresses = {
        "return_url": absolute(reverse("payments:return", args=[return_token])),
        "postback_url": absolute(reverse("payments:postback", args=[postback_token])),
    }
    _open(checkout, _cloud_payments_request(asked, checkout, addresses))
    return checkout


def reusable_checkout(asked: CheckoutRequest) -> Checkout | None:
    """Returns the existing checkout that `launch` would return."""
    current = _current(asked)
    return current if current and _fits(current, asked) else None


def record_return(return_token: str) -> Checkout:
    """Records that the customer's browser came back. This proves only that it left the hosted page.

    Raises Checkout.DoesNotExist.
    """
    checkout = Checkout.objects.get(return_digest=digest(return_token))
    checkout.mark_returned()
    return checkout


def _checkouts_of(asked: CheckoutRequest) -> QuerySet[Checkout]:
    digest = digest_of(account.pk for account in asked.accounts)
    return Checkout.objects.filter(visitor=asked.visitor, accounts_digest=digest)


def _current(asked: CheckoutRequest) -> Checkout | None:
    return _checkouts_of(asked).filter(is_current=True).first()


def _fits(current: Checkout, asked: CheckoutRequest) -> bool:
    """Returns whether it may be offered again: it was begun recently and with the same rights. A
    page opened without a token lacks the saved payment methods that a token shows."""
    has_token = current.with_token or not asked.token
    return current.is_reusable() and has_token and _owners(current) == asked.owners


def _owners(checkout: Checkout) -> dict[int, int | None]:
    """Returns the owner of each account paid on another's behalf; None if gone."""
    helped = [part for part in checkout.parts.all() if part.by_helper]
    return {part.account_id: part.on_behalf_of_id for part in helped}


def _create(asked: CheckoutRequest, digests: dict[str, str], *, stale: Checkout | None) -> Checkout:
    """Saves the intent. If there are two at once, the unique key of current checkouts lets one
    through: each retires only the checkout it found stale, never the one the other just created."""
    with transaction.atomic():
        if stale:
            stale.retire()
        return Checkout.objects.begin(
            asked.accounts,
            AccountFacts(asked.owed, asked.owners),
            biller=asked.biller,
            member=asked.member,
            kind=asked.kind,
            visitor=asked.visitor,
            address=new_secret(),
            with_token=bool(asked.token),
            **digests,
        )


def _cloud_payments_request(
    asked: CheckoutRequest, checkout: Checkout, addresses: dict[str, str]
) -> CloudPaymentsRequest:
    return CloudPaymentsRequest(
        css_url=checkout.biller.css_url,
        remote_authentication_token=asked.token,
        biller_reference=checkout.biller_reference,
        create_customer_record=asked.kind == Checkout.Kind.GUEST,
        customers=tuple(asked.customers),
        **addresses,
    )


def _open(checkout: Checkout, request: CloudPaymentsRequest) -> None:
    """Calls Invoice Cloud and records the outcome. A page that was never shown takes no money, so
    another checkout may be launched after a timeout."""
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    try:
        checkout.mark_opened(_hosted_page(checkout, request))
    except InvoiceCloudUnavailable as error:
        _mark_failed(checkout, Checkout.Failure.UNAVAILABLE)
        logger.warning("payment page not opened: %s", error, extra=extra)
    except InvoiceCloudRejected as error:
        _mark_failed(checkout, Checkout.Failure.REFUSED, error.reason)
        logger.warning("payment page not opened: %s", error, extra=extra)
    except InvoiceCloudError as error:
        _mark_failed(checkout, Checkout.Failure.ERROR, error.reason)
        logger.error("payment page not opened: %s", error, extra=extra)


def _mark_failed(checkout: Checkout, failure: Checkout.Failure, note: str = "") -> None:
    if checkout.mark_failed(failure, note):
        tell_of_failure(checkout, failure)


def tell_of_failure(checkout: Checkout, kind: str) -> None:
    asker, at = checkout.member_id, checkout.created_at
    accounts = tuple(part.account_id for part in checkout.parts.all())
    tell(Attempt(kind, checkout.biller_id, asker, accounts, at, is_sure=True))


def _hosted_page(checkout: Checkout, request: CloudPaymentsRequest) -> str:
    client = client_of(checkout.biller)
    try:
        return client.cloud_payments(request)
    except (InvoiceCloudRejected, InvoiceCloudUnauthorized) as error:
        if error.outcome_unknown or not request.remote_authentication_token:
            raise
        # The token may have expired at Invoice Cloud. A refused request had no effect, and a
        # payment needs no token.
        return client.cloud_payments(request.model_copy(update={"remote_authentication_token": ""}))
