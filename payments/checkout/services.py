"""Launching Cloud Payments V2: one checkout, one call to Invoice Cloud, and one hosted page, no
matter how often the customer asks."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Member, UtilityAccount
from accounts.tokens import digest, new_secret
from icsso.billers.clients import client_of
from icsso.client.contract import CloudPaymentsRequest, PayingCustomer
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected, InvoiceCloudUnavailable
from payments.models import Checkout

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """A customer's request to pay.

    visitor: who asks, so that a repeated request is noticed. customer: sent to Invoice Cloud.
    token: RemoteAuthenticationToken of the sign-in, empty if there is none.
    """

    account: UtilityAccount
    kind: Checkout.Kind
    visitor: str
    customer: PayingCustomer
    member: Member | None = None
    token: str = field(default="", repr=False)


def launch(asked: CheckoutRequest, *, absolute: Callable[[str], str]) -> Checkout:
    """Returns the current checkout while it is reusable, or else a new one after opening it.

    absolute: turns a path into an address that Invoice Cloud can reach.
    Errors of Invoice Cloud are recorded in the checkout.
    """
    current = _current(asked)
    if current and current.is_reusable():
        return current
    postback_token, return_token = new_secret(), new_secret()
    digests = {
        "postback_digest": digest(postback_token),
        "return_digest": digest(return_token),
    }
    try:
        checkout = _create(asked, digests, stale=current)
    except IntegrityError:  # requested in two tabs at once, and the other one opens it
        return _checkouts_of(asked).latest("pk")
    addresses = {
        "return_url": absolute(reverse("payments:return", args=[return_token])),
        "postback_url": absolute(reverse("payments:postback", args=[postback_token])),
    }
    _open(checkout, _cloud_payments_request(asked, checkout, addresses))
    return checkout


def has_reusable_checkout(asked: CheckoutRequest) -> bool:
    """Whether `launch` would return an existing checkout."""
    current = _current(asked)
    return current is not None and current.is_reusable()


def record_return(return_token: str) -> Checkout:
    """Records that the customer's browser is back. That only proves that it left the hosted page.

    Raises Checkout.DoesNotExist.
    """
    checkout = Checkout.objects.get(return_digest=digest(return_token))
    checkout.mark_returned()
    return checkout


def _checkouts_of(asked: CheckoutRequest) -> QuerySet[Checkout]:
    return Checkout.objects.filter(visitor=asked.visitor, account=asked.account)


def _current(asked: CheckoutRequest) -> Checkout | None:
    return _checkouts_of(asked).filter(is_current=True).first()


def _create(asked: CheckoutRequest, digests: dict[str, str], *, stale: Checkout | None) -> Checkout:
    """Saves the intent. Of two at once, the unique key of current checkouts lets one through: each
    retires only the checkout it found stale, never the one the other just created."""
    with transaction.atomic():
        if stale:
            stale.retire()
        return Checkout.objects.create(
            biller=asked.account.biller,
            account=asked.account,
            member=asked.member,
            kind=asked.kind,
            visitor=asked.visitor,
            address=new_secret(),
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
        customers=(asked.customer,),
        **addresses,
    )


def _open(checkout: Checkout, request: CloudPaymentsRequest) -> None:
    """Calls Invoice Cloud and records the outcome. A page that was never shown takes no money, so
    another checkout may be launched after a timeout."""
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    try:
        checkout.mark_opened(_hosted_page(checkout, request))
    except InvoiceCloudUnavailable as error:
        checkout.mark_failed(Checkout.Failure.UNAVAILABLE)
        logger.warning("payment page not opened: %s", error, extra=extra)
    except InvoiceCloudRejected as error:
        checkout.mark_failed(Checkout.Failure.REFUSED, error.reason)
        logger.warning("payment page not opened: %s", error, extra=extra)
    except InvoiceCloudError as error:
        checkout.mark_failed(Checkout.Failure.ERROR, error.reason)
        logger.error("payment page not opened: %s", error, extra=extra)


def _hosted_page(checkout: Checkout, request: CloudPaymentsRequest) -> str:
    client = client_of(checkout.biller)
    try:
        return client.cloud_payments(request)
    except InvoiceCloudRejected:
        if not request.remote_authentication_token:
            raise
        # The token may have expired at Invoice Cloud. A refused request did nothing, and a payment
        # needs no token.
        return client.cloud_payments(request.model_copy(update={"remote_authentication_token": ""}))
