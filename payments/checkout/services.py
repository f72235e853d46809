"""Launching Cloud Payments V2: one checkout, one call, one hosted page, however often asked."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member, UtilityAccount
from icsso.billers.clients import client_of
from icsso.client.contract import CloudPaymentsRequest, PayingCustomer
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected, InvoiceCloudUnavailable
from payments.checkout.tokens import digest, new_reference, new_token
from payments.models import Checkout

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a customer asked for.

    visitor: who asks, so that asking twice is noticed. customer: what Invoice Cloud is told.
    token: RemoteAuthenticationToken of the sign-in, empty when there is none.
    """

    account: UtilityAccount
    kind: Checkout.Kind
    visitor: str
    customer: PayingCustomer
    member: Member | None = None
    token: str = field(default="", repr=False)


def launch(order: Order, *, absolute: Callable[[str], str]) -> Checkout:
    """The checkout for the order: the one that is fresh, else a new one, opened.

    absolute: makes a path of ours an address that Invoice Cloud can reach.
    Whatever goes wrong at Invoice Cloud stands in the checkout.
    """
    current = _current(order)
    if current and _is_fresh(current):
        return current
    postback_token, return_token = new_token(), new_token()
    digests = {
        "postback_digest": digest(postback_token),
        "return_digest": digest(return_token),
    }
    try:
        checkout = _write(order, digests, stale=current)
    except IntegrityError:  # asked in two tabs at once, and the other one opens it
        return _of(order).latest("pk")
    addresses = {
        "return_url": absolute(reverse("payments:return", args=[return_token])),
        "postback_url": absolute(reverse("payments:postback", args=[postback_token])),
    }
    _open(checkout, _request(order, checkout, addresses))
    return checkout


def offered_again(order: Order) -> bool:
    """Whether `launch` gives a checkout that is there already."""
    current = _current(order)
    return current is not None and _is_fresh(current)


def come_back(return_token: str) -> Checkout:
    """The customer's browser is back. It proves nothing, except that the page was left.

    Raises Checkout.DoesNotExist.
    """
    checkout = Checkout.objects.get(return_digest=digest(return_token))
    first_time = Checkout.objects.filter(pk=checkout.pk, returned_at=None)
    first_time.update(returned_at=timezone.now(), is_current=False)
    return checkout


def _of(order: Order) -> QuerySet[Checkout]:
    return Checkout.objects.filter(visitor=order.visitor, account=order.account)


def _current(order: Order) -> Checkout | None:
    return _of(order).filter(is_current=True).first()


def _is_fresh(checkout: Checkout) -> bool:
    return checkout.age() < Checkout.FRESH and not checkout.is_broken_off()


def _write(order: Order, digests: dict[str, str], *, stale: Checkout | None) -> Checkout:
    """Writes the intent. Of two at once the unique key of current checkouts lets one do it,
    since each retires only what it found stale, never what the other has just written."""
    with transaction.atomic():
        if stale:
            stale.retire()
        return Checkout.objects.create(
            biller=order.account.biller,
            account=order.account,
            member=order.member,
            kind=order.kind,
            visitor=order.visitor,
            address=new_token(),
            biller_reference=new_reference(),
            **digests,
        )


def _request(order: Order, checkout: Checkout, addresses: dict[str, str]) -> CloudPaymentsRequest:
    return CloudPaymentsRequest(
        css_url=checkout.biller.css_url,
        remote_authentication_token=order.token,
        biller_reference=checkout.biller_reference,
        create_customer_record=order.kind == Checkout.Kind.GUEST,
        customers=(order.customer,),
        **addresses,
    )


def _open(checkout: Checkout, request: CloudPaymentsRequest) -> None:
    """Calls Invoice Cloud and writes the outcome. A page that nobody was shown takes no money,
    so after a time-out another checkout may be launched."""
    extra = {"checkout": checkout.pk, "biller": checkout.biller.slug}
    try:
        checkout.opened(_hosted_page(checkout, request))
    except InvoiceCloudUnavailable as error:
        checkout.failed(Checkout.Failure.AWAY)
        logger.warning("payment page not opened: %s", error, extra=extra)
    except InvoiceCloudRejected as error:
        checkout.failed(Checkout.Failure.REFUSED, error.reason)
        logger.warning("payment page not opened: %s", error, extra=extra)
    except InvoiceCloudError as error:
        checkout.failed(Checkout.Failure.FAULT, error.reason)
        logger.error("payment page not opened: %s", error, extra=extra)


def _hosted_page(checkout: Checkout, request: CloudPaymentsRequest) -> str:
    client = client_of(checkout.biller)
    try:
        return client.cloud_payments(request)
    except InvoiceCloudRejected:
        if not request.remote_authentication_token:
            raise
        # The token may have ended over there: refused is not done, and a payment needs no token.
        return client.cloud_payments(request.model_copy(update={"remote_authentication_token": ""}))
