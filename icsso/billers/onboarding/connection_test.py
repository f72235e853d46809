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
        return Finding(
            False, _("The credentials or API details changed during the test. Test again.")
        )
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
    return biller.base_url, biller.api_key, biller.biller_guid, biller.wire_profile


def _tried(biller: Biller) -> Finding:
    if not biller.api_key:
        return Finding(False, _("The API key is not set."))
    try:
        status = client_of(biller).biller_status()
    except InvoiceCloudError as error:
        return Finding(False, _explain(error, biller.base_url))
    return judge(biller, status)


def _explain(error: InvoiceCloudError, base_url: str) -> str:
    if isinstance(error, InvoiceCloudUnauthorized):
        return _("Invoice Cloud doesn't accept the API key. Enter it again.")
    if isinstance(error, InvoiceCloudUnavailable):
        words = _(
            "Nothing responds at %(address)s (%(error)s). Check the address, or try again later."
        )
    else:
        words = _(
            "%(error)s: that is not how Invoice Cloud responds in the contract. Check the address "
            "%(address)s. If it is correct, run the probe: it finds out what is different."
        )
    return words % {"address": base_url, "error": error}


def judge(biller: Biller, status: BillerStatus) -> Finding:
    """Compares what was entered with what Invoice Cloud says of the key's biller. It may leave out
    the GUID, the name, or both."""
    if biller.biller_guid is None:
        return Finding(False, _guid_wanted(status))
    if status.biller_guid not in {None, biller.biller_guid}:
        words = _("The key works, but it belongs to another biller: %(who)s.")
        return Finding(False, words % {"who": _named(status)})
    if not status.active:
        words = _("The key works, but the biller is inactive at Invoice Cloud.")
        if status.biller_guid:
            words = _("The key and GUID are correct, but the biller is inactive at Invoice Cloud.")
        return Finding(False, words)
    if status.biller_guid is None:
        return Finding(True, _works_for(status.biller_name))
    return Finding(
        True, _("The connection works. The address, API key, and biller GUID are correct.")
    )


def _guid_wanted(status: BillerStatus) -> str:
    if status.biller_guid is None:
        return _(
            "The key works. Now enter the biller GUID that the utility got from Invoice Cloud."
        )
    words = _("The key works. Now enter the biller GUID. At Invoice Cloud, it's %(who)s.")
    return words % {"who": _named(status)}


def _works_for(name: str) -> str:
    if not name:
        return _("The key works. Invoice Cloud doesn't say which biller it belongs to.")
    words = _(
        "The key works. Invoice Cloud doesn't say which biller GUID it belongs to, but names the "
        "biller: %(name)s."
    )
    return words % {"name": name}


def _named(status: BillerStatus) -> str:
    return f"{status.biller_guid} ({status.biller_name})".removesuffix(" ()")
