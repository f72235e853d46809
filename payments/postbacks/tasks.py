"""Reads postbacks for review once more when the wire profile of their biller has changed, or their
payment was reinstated."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django_tasks import task

from icsso.billers.models import Biller
from payments.models import Checkout, Payment, Postback, Reversal
from payments.postbacks.services import read_again

READ_BY = {"wire_profile", "biller_guid"}  # what decides how a postback is read


def after_profile_change(
    instance: Biller, created: bool, update_fields: Collection[str] | None, **_: Any
) -> None:
    """Receives `post_save` of a biller."""
    if not created and READ_BY & {*(update_fields or ())}:
        transaction.on_commit(lambda: read_all_again.enqueue(instance.pk))


@task()
def read_all_again(biller: int) -> None:
    """Each checkout has a task of its own, so that one that fails does not hold up the others."""
    waiting = Postback.objects.awaiting_decision().filter(checkout__biller=biller)
    checkouts = waiting.order_by("checkout").values_list("checkout", flat=True).distinct()
    for pk in list(checkouts):
        read_checkout_again.enqueue(pk)


@task()
def read_checkout_again(checkout: int) -> None:
    read_again(Checkout.objects.get(pk=checkout))


def after_reinstatement(instance: Reversal, created: bool, **_: Any) -> None:
    """Receives `post_save` of a reversal. Robust: a recorded event must never look like a failed
    one."""
    if created and instance.kind == Reversal.Kind.REINSTATED:
        transaction.on_commit(lambda: _read_waiting_again(instance.payment), robust=True)


def _read_waiting_again(payment: Payment) -> None:
    """A postback may wait only because its payment was reversed when it came."""
    waiting = Postback.objects.awaiting_decision().filter(
        checkout__biller=payment.biller_id,
        payment_guid=payment.payment_guid,
        reason=Postback.Reason.KNOWN,
    )
    for checkout in Checkout.objects.filter(pk__in=waiting.values("checkout")):
        read_again(checkout)
