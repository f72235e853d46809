"""Making and reading a biller's pay link codes, and ending all of them."""

from datetime import datetime

from django.utils import timezone

from icsso.billers.models import Biller
from icsso.billers.pay_links.codes import opened, sealed
from icsso.billers.pay_links.models import PayLinkKey, new_key


def key_of(biller: Biller) -> bytes:
    """Returns the biller's key, which is created when it is first needed."""
    return bytes.fromhex(_row(biller).key)


def code_of(account: int, *, key: bytes) -> str:
    """account: its primary key."""
    return sealed(account, key=key)


def account_of(code: str, *, biller: Biller) -> int:
    """Returns the primary key of the account that a code stands for, or 0. Takes as long for a
    biller without pay links."""
    row = PayLinkKey.objects.filter(biller=biller).first()
    return opened(code, key=bytes.fromhex(row.key if row else new_key()))


def made_at(biller: Biller) -> datetime:
    """Returns since when the biller's links work."""
    return _row(biller).made_at


def end_all(biller: Biller, *, made_at: datetime) -> PayLinkKey | None:
    """Replaces the key, unless that has already happened since `made_at`: a second click must not
    end the links made after the first. Returns the row if the key was replaced."""
    facts = {"key": new_key(), "made_at": timezone.now()}
    row = _row(biller)
    is_done = PayLinkKey.objects.filter(pk=row.pk, made_at=made_at).update(**facts)
    return row if is_done else None


def _row(biller: Biller) -> PayLinkKey:
    return PayLinkKey.objects.get_or_create(biller=biller)[0]
