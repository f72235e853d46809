"""`manage.py roles_table` writes the tables of pages and permissions into docs/roles.md."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backoffice.management.roles_table import tables

BEGIN, END = "<!-- begin: manage.py roles_table -->\n", "<!-- end: manage.py roles_table -->\n"


class Command(BaseCommand):
    help = "Writes the tables of pages and permissions into docs/roles.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say if they are out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        page = Path(settings.BASE_DIR) / "docs" / "roles.md"
        written = page.read_text()
        fresh = with_tables(written)
        if fresh == written:
            return
        if options["check"]:
            raise CommandError("docs/roles.md is out of date: run `manage.py roles_table`.")
        page.write_text(fresh)


def with_tables(text: str) -> str:
    """Returns the text with fresh tables between its markers. Raises ValueError without them."""
    before, rest = text.split(BEGIN)
    _outdated, after = rest.split(END)
    return f"{before}{BEGIN}{tables()}{END}{after}"
