"""Pay links for the bill printer: a CSV file, and QR codes in a ZIP."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.models import UtilityAccount
from backoffice.exports.files import BATCH, csv_text
from icsso.billers.models import Biller
from icsso.billers.pay_links.services import code_of, key_of
from payments.pay_links.addresses import address_of, in_capitals
from payments.pay_links.qr_codes import drawing

HEADINGS = ("account_number", "link", "qr_text")
IN_A_FOLDER = 1000  # files: file managers become slow with more


class PayLink(NamedTuple):
    """address: as people read it. qr_text: the contents of a QR code."""

    account_number: str
    address: str
    qr_text: str


def accounts_of(biller: Biller) -> QuerySet[UtilityAccount]:
    """Returns the accounts that get bills, in the order of every export."""
    return biller.accounts.filter(closed_at=None).order_by("pk")


def pay_links(
    biller: Biller, *, site: str, start: int = 0, most: int | None = None
) -> Iterator[PayLink]:
    """Returns the biller's links. site: the base URL of its pages. start: how many to skip. most:
    how many to return at most."""
    return islice(_pay_links(biller, site, start), most)


def _pay_links(biller: Biller, site: str, start: int) -> Iterator[PayLink]:
    """Reads them in batches by primary key: no cursor stays open during a download."""
    key, rows = key_of(biller), accounts_of(biller).values_list("pk", "account_number")
    before = rows[start - 1 : start].first() if start else (0, "")
    while before and (batch := list(rows.filter(pk__gt=before[0])[:BATCH])):
        for pk, number in batch:
            address = address_of(code_of(pk, key=key), site=site)
            yield PayLink(number, address, in_capitals(address))
        before = batch[-1]


def as_csv_text(links: Iterable[PayLink]) -> Iterator[str]:
    return csv_text(HEADINGS, links)


def qr_files(links: Iterable[PayLink], kind: str, *, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of a QR code for each link. kind: svg or png. The name begins with
    the line of the CSV file, because account numbers can contain characters that file names
    cannot."""
    for number, link in enumerate(links, start=start + 1):
        folder = (number - 1) // IN_A_FOLDER * IN_A_FOLDER
        name = "".join(sign if sign.isalnum() else "-" for sign in link.account_number)
        yield f"{folder + 1:07d}/{number:07d}-{name}.{kind}", drawing(link.qr_text, kind)
