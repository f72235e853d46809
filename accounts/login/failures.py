"""Wrong passwords of members, for the staff who answer the phone."""

import logging
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import FailedSignIn, Member
from backoffice.client_address import client_address
from backoffice.devices import browser_of, shortened, system_of
from icsso.billers.models import Biller
from icsso.client.parsing import email_address

logger = logging.getLogger(__name__)


@receiver(user_login_failed)
def _failed(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    biller = credentials.get("biller")
    if request is None or not isinstance(biller, Biller):
        return  # staff: `accounts.login.audit`
    user_agent = request.headers.get("User-Agent", "")
    email = email_address(str(credentials.get("username", "")))
    failed = FailedSignIn(
        biller=biller,
        member=Member.objects.filter(biller=biller, email=email).first(),
        browser=browser_of(user_agent),
        system=system_of(user_agent),
        network=shortened(client_address(request)),
    )
    try:
        failed.save()
    except DatabaseError:  # the page about the wrong password is more important
        logger.exception("failed sign-in not recorded")
