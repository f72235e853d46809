"""Logs sign-ins. Staff sign-ins and changes to their billers also go in the audit log."""

import logging
from functools import partial
from typing import Any

from auditlog.models import LogEntry
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models.signals import m2m_changed, pre_delete
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.user import deactivate_without_biller
from accounts.ratelimit import name_in_logs
from backoffice.audit.events import Event, note
from backoffice.audit.registry import marks
from icsso.billers.models import Biller
from icsso.client.parsing import email_address

logger = logging.getLogger(__name__)


@receiver(user_logged_in)
def _signed_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    logger.info("signed in, name %s", name_in_logs(user.email), extra={"member": user.pk})
    if user.is_staff:
        note(user, Event.SIGNED_IN, request=request)


@receiver(user_logged_out)
def _signed_out(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user and user.is_staff:
        note(user, Event.SIGNED_OUT, request=request)


@receiver(user_login_failed)
def _failed(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Writes an audit log entry for staff only. If no one has that email, what was typed is not
    kept: it may well be a password. An entry is written either way, so both take equally long."""
    email = email_address(str(credentials.get("username", "")))
    logger.info("sign-in failed, name %s", name_in_logs(email))
    if request is None or credentials.get("biller"):
        return
    user = User.objects.filter(biller=None, email=email).first()
    about = user or User(pk=0, email=str(_("unknown user")))
    note(about, Event.WRONG_PASSWORD, request=request)


@receiver(m2m_changed, sender=User.billers.through)
def _billers_changed(
    sender: object, instance: Any, action: str, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """Writes one entry per biller, so that no biller learns about the others."""
    people = [instance.pk] if isinstance(instance, User) else list(pk_set or ())
    if action in {"post_remove", "post_clear"} and people:
        # Afterward, because replacing one biller by another removes the first one first.
        transaction.on_commit(partial(deactivate_without_biller, people))
    if not isinstance(instance, User) or action not in {"post_add", "post_remove"}:
        return
    for biller in Biller.objects.filter(pk__in=pk_set or ()):
        change = ["", biller.name] if action == "post_add" else [biller.name, ""]
        LogEntry.objects.log_create(
            instance,
            action=LogEntry.Action.UPDATE,
            changes={"billers": change},
            additional_data=marks([biller.pk]),
        )


@receiver(pre_delete, sender=Biller)
def _biller_deleted(sender: object, instance: Biller, **kwargs: Any) -> None:
    people = list(User.objects.filter(billers=instance.pk).values_list("pk", flat=True))
    transaction.on_commit(partial(deactivate_without_biller, people))
