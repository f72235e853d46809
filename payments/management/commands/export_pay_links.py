from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.audit.registry import marks
from icsso.billers.models import Biller
from icsso.billers.pay_links.models import PayLinkKey
from payments.pay_links.addresses import NoHostName, site_of
from payments.pay_links.export import PayLink, as_csv_text, pay_links, qr_files
from payments.pay_links.zip_stream import zipped


def noted(links: Iterable[PayLink], *, of: Biller, kind: str | None) -> Iterator[PayLink]:
    """Returns the same links. When they end, the audit log records how many were exported, as it
    does for the page. At a console, nobody is signed in."""
    number = 0
    try:
        for link in links:
            number += 1
            yield link
    finally:
        LogEntry.objects.create(
            action=LogEntry.Action.ACCESS,
            content_type=ContentType.objects.get_for_model(PayLinkKey),
            object_pk="",
            object_repr=f"export: {number} rows",
            additional_data={
                **marks([of.pk]),
                "exported": number,
                "of": of.slug,
                "file": kind or "csv",
                "from": "export_pay_links",
            },
        )


class Command(BaseCommand):
    help = (
        "Writes the pay links of a biller's accounts for the bill printer: as a CSV file, or as "
        "QR codes in a ZIP file. Memory stays flat with any number of accounts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("biller", help="its short name")
        parser.add_argument("--to", required=True, metavar="FILE", help="must not exist yet")
        parser.add_argument("--qr", choices=["svg", "png"], help="QR codes instead of the CSV file")
        parser.add_argument("--host", default="", help="one of its host names; else the first one")

    def handle(self, *args: Any, biller: str, to: str, qr: str | None, host: str, **_: Any) -> None:
        found = Biller.objects.filter(slug=biller).first()
        if found is None:
            raise CommandError(f"There is no biller {biller}.")
        try:
            links = noted(pay_links(found, site=site_of(found, host=host)), of=found, kind=qr)
        except NoHostName:
            raise CommandError(f"{biller} has no such host name.") from None
        if qr:
            pieces = zipped(qr_files(links, qr))
        else:
            pieces = (text.encode() for text in as_csv_text(links))
        try:
            with Path(to).open("xb") as file:
                file.writelines(pieces)
        except FileExistsError:
            raise CommandError(f"{to} exists.") from None
