"""Reads postbacks for review once more when the wire profile of their biller has changed."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django_tasks import task

from icsso.billers.models import Biller
from payments.models import Checkout, Postback
from payments.postbacks.services import read_again


def after_profile_change(
    instance: Biller, created: bool, update_fields: Collection[str] | None, **_: Any
) -> None:
    """Receives `post_save` of a biller."""
    if not created and "wire_profile" in (update_fields or ()):
        transaction.on_commit(lambda: read_all_again.enqueue(instance.pk))


@task()
def read_all_again(biller: int) -> None:
    """One checkout per transaction, so that a run that is cut off loses nothing."""
    waiting = Postback.objects.awaiting_decision().filter(checkout__biller=biller)
    checkouts = waiting.order_by("checkout").values_list("checkout", flat=True).distinct()
    for pk in list(checkouts):
        read_again(Checkout.objects.get(pk=pk))
