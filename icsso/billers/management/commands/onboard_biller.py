"""Creates or updates a biller. Options that are not given leave their fields as they are."""

import os
import sys
from argparse import ArgumentParser, FileType
from contextlib import nullcontext
from getpass import getpass
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.forms import model_to_dict

from icsso.billers.forms import BillerForm
from icsso.billers.hosts.models import BillerHost
from icsso.billers.models import Biller
from icsso.billers.onboarding import steps as readiness

# Options by the field they fill.
TEXTS = {
    "name": "the utility's name, as customers see it",
    "time_zone": "time zone of its dates, like America/Chicago; by default the portal's",
    "base_url": "Invoice Cloud's address, by default https://www.invoicecloud.com",
    "biller_guid": "the biller GUID",
    "css_url": "web address of the CSS for Invoice Cloud's pages",
    "return_url": "web address that Invoice Cloud's sign-out leads to",
    "return_site_name": "name of that site",
    "signup_proof": "what customers must prove: name, zip, or both",
    "name_order": "how the billing system writes names: last_first or first_last",
    "accent": "the utility's color, like #0b5cad",
    "support_phone": "support phone",
    "support_email": "support email",
    "support_hours": "support hours",
    "support_hours_es": "support hours in Spanish",
    "sender_name": "who emails to customers come from, by default the utility's name",
    "sender_email": "address that emails to customers come from, by default the portal's own",
}
# Options that keep an earlier name, for existing scripts.
OPTIONS = {"signup_proof": "--registration-proof"}
KEYS = {"api_key": "BILLER_API_KEY", "web_service_key": "BILLER_WEB_SERVICE_KEY"}


class Command(BaseCommand):
    help = (
        "Creates or updates a biller. The keys come from BILLER_API_KEY and BILLER_WEB_SERVICE_KEY,"
        " or the command asks for them: arguments would stay in the shell's history."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name, e.g. springfield-water")
        for name, words in TEXTS.items():
            parser.add_argument(_option(name), dest=name, help=words)
        parser.add_argument("--logo", type=FileType("rb"), help="file with the logo")
        parser.add_argument(
            "--host", action="append", default=[], help="host name to add; can be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        biller = Biller.objects.filter(slug=options["slug"]).first() or Biller(slug=options["slug"])
        is_new = biller.pk is None
        given = {name: options[name] for name in TEXTS if options[name] is not None}
        with transaction.atomic(), options["logo"] or nullcontext() as logo:
            changes = _bring_up_to_date(biller, given, logo)
            changes += [
                f"host name: {host} added" for host in options["host"] if _add(biller, host)
            ]
        for line in [*["new"][:is_new], *changes] or ["nothing to change"]:
            self.stdout.write(f"{biller.slug}: {line}")
        if missing := ", ".join(readiness.missing(biller)):
            self.stdout.write(f"{biller.slug}: still missing: {missing}")
        if not biller.is_active:
            words = "not open to customers yet; open it on the page “Going live” in the admin"
            self.stdout.write(f"{biller.slug}: {words}")


def _bring_up_to_date(biller: Biller, given: dict[str, str], logo: BinaryIO | None) -> list[str]:
    """Uses the admin's own form, so that both apply the same rules."""
    names = [*given, *KEYS, "logo_digest"]
    before = {name: getattr(biller, name) for name in names}
    keys = {f"new_{name}": _key(biller, name) for name in KEYS}
    files = {"new_logo": File(logo)} if logo else {}
    form = BillerForm(model_to_dict(biller) | given | keys, files, instance=biller)
    if not form.is_valid():
        raise CommandError("\n".join(_fault(name, words) for name, words in form.errors.items()))
    form.save()
    changed = [name for name in names if getattr(biller, name) != before[name]]
    return [_change(name, before[name], getattr(biller, name)) for name in changed]


def _key(biller: Biller, name: str) -> str:
    """Returns the key from the environment; else asks for it, if none is set yet."""
    key = os.environ.get(KEYS[name], "").strip()
    if not key and not getattr(biller, name) and sys.stdin.isatty():
        key = getpass(f"{_label(name)} (leave blank to enter it later): ").strip()
    return key


def _add(biller: Biller, host: str) -> bool:
    """Adds the host name and returns whether it is new. Refuses one of another biller."""
    known = BillerHost.objects.filter(host=host.lower()).select_related("biller").first()
    if known and known.biller_id != biller.pk:
        raise CommandError(f"--host {host}: belongs to {known.biller.slug}.")
    if known:
        return False
    new = BillerHost(biller=biller, host=host.lower())
    try:
        new.full_clean()
    except ValidationError as error:
        raise CommandError(f"--host {host}: {' '.join(error.messages)}") from None
    new.save()
    return True


def _change(name: str, before: object, after: object) -> str:
    if name in KEYS:
        return f"{_label(name)}: {'replaced' if before else 'set'}"
    return f"{_label(name)}: {before or 'empty'} → {after or 'empty'}"


def _fault(field: str, words: Any) -> str:
    name = field.removeprefix("new_")
    return f"{KEYS.get(name) or _option(name)}: {' '.join(words)}"


def _label(name: str) -> str:
    return name.replace("_", " ")


def _option(name: str) -> str:
    return OPTIONS.get(name) or f"--{name.replace('_', '-')}"
