"""What happens to helpers when the owner's linked account is removed, or shows its account again:
both sides are told, and it is recorded, in the same transaction."""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.helpers.services import end, note_of_account
from accounts.models import Helper, HelperAccount, LinkedAccount
from accounts.models.helpers.models import Ended
from accounts.notifications.messages import News


@receiver(post_delete, sender=HelperAccount)
def shared_no_longer(
    instance: HelperAccount, origin: Model | QuerySet[Any], **_kwargs: object
) -> None:
    """Does nothing if the helper's record itself, or a whole member, is deleted."""
    deleted = origin.model if isinstance(origin, QuerySet) else type(origin)
    if deleted is not LinkedAccount or not (helper := _open(instance.helper_id)):
        return
    if not helper.accounts.exists():
        transaction.on_commit(partial(end, helper, Ended.ACCOUNTS))
        return
    _tell(helper, News.FEWER, instance.link)


@receiver(post_save, sender=LinkedAccount)
def shared_again(
    instance: LinkedAccount, update_fields: Collection[str] | None, **_kwargs: object
) -> None:
    """The owner proved the account again, or staff decided that it is the same customer."""
    if "needs_proof_since" not in (update_fields or ()) or instance.needs_proof_since:
        return
    for shared in instance.helpers.filter(helper__ended_at=None):
        helper = _open(shared.helper_id)
        if helper and not helper.is_over:
            _tell(helper, News.BACK, instance)


def _open(pk: int) -> Helper | None:
    loaded = Helper.objects.open().select_related("owner__biller", "person__biller")
    return loaded.filter(pk=pk).first()


def _tell(helper: Helper, what: News, link: LinkedAccount) -> None:
    for send in note_of_account(helper, what, ending=link.account.number_ending):
        transaction.on_commit(send)
