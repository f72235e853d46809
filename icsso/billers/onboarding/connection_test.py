"""Tests a biller's connection and records the result in plain words for staff."""

from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from icsso.billers.clients import client_of
from icsso.billers.models import Biller
from icsso.client.contract import BillerStatus
from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnauthorized, InvoiceCloudUnavailable


class Finding(NamedTuple):
    works: bool
    words: str


def try_connection(biller: Biller) -> Finding:
    """Gets the biller's status and compares the GUID. Errors of Invoice Cloud become findings."""
    finding = _tried(biller)
    if not _keep(finding, biller):
        return Finding(False, _("The address, key, or GUID changed during the test. Test again."))
    return finding


def _keep(finding: Finding, tested: Biller) -> bool:
    """Saves the finding unless the credentials changed since the test. Returns whether it did.

    Keys are stored encrypted, so they are compared here, under a lock.
    """
    with transaction.atomic():
        biller = Biller.objects.select_for_update().filter(pk=tested.pk).first()
        if biller is None or _credentials(biller) != _credentials(tested):
            return False
        biller.connection_tested(works=finding.works, finding=finding.words)
        return True


def _credentials(biller: Biller) -> tuple[Any, ...]:
    return biller.base_url, biller.api_key, biller.biller_guid


def _tried(biller: Biller) -> Finding:
    if not biller.api_key:
        return Finding(False, _("The API key is not set."))
    try:
        status = client_of(biller).biller_status()
    except InvoiceCloudError as error:
        return Finding(False, _explain(error, biller.base_url))
    return _judge(biller, status)


def _explain(error: InvoiceCloudError, base_url: str) -> str:
    if isinstance(error, InvoiceCloudUnauthorized):
        return _("Invoice Cloud doesn't accept the API key. Enter it again.")
    if isinstance(error, InvoiceCloudUnavailable):
        words = _(
            "%(address)s isn't responding (%(error)s). Check the address, or try again later."
        )
    else:
        words = _("%(address)s doesn't respond like Invoice Cloud (%(error)s). Check the address.")
    return words % {"address": base_url, "error": error}


def _judge(biller: Biller, status: BillerStatus) -> Finding:
    there = {"guid": status.biller_guid, "name": status.biller_name}
    if biller.biller_guid is None:
        words = _(
            "The key works. Now enter the biller GUID. At Invoice Cloud, it's %(guid)s (%(name)s)."
        )
        return Finding(False, words % there)
    if biller.biller_guid != status.biller_guid:
        words = _("The key works, but it belongs to another biller: %(guid)s (%(name)s).")
        return Finding(False, words % there)
    if not status.active:
        return Finding(
            False, _("The key and GUID are correct, but the biller is inactive at Invoice Cloud.")
        )
    return Finding(
        True, _("The connection works. The address, API key, and biller GUID are correct.")
    )
