"""Notices when pages that lead to payments change: their headers, or a script (PCI DSS 11.6.1)."""

import re
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from inhance.templatetags.integrity import digest_of, digest_of_text

PAGES = ("/", "/pay/", "/accounts/login/", "/pay/return/watched/")
SECONDS = 20
LARGEST = 1024 * 1024  # bytes
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Command(BaseCommand):
    help = "Compares a running portal's headers and scripts with what this release ships."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("origin", help="like https://pay.example.com")
        parser.add_argument("--page", action="append", default=[], help="one more page to look at")

    def handle(self, *args: Any, origin: str, page: list[str], **options: Any) -> None:
        if not origin.startswith(("https://", "http://")):
            raise CommandError("Write the origin with https://.")
        changes = [
            *(change for path in (*PAGES, *page) for change in changes_of_page(origin, path)),
            *(change for name in scripts() for change in changes_of_script(origin, name)),
        ]
        if changes:
            raise CommandError("Not as this release ships it:\n- " + "\n- ".join(changes))
        self.stdout.write(f"{origin}: {len(PAGES) + len(page)} pages and all scripts as shipped.")


def scripts() -> list[str]:
    """Of the portal: Django's own, which the admin has, stand on no page that leads to payments."""
    names = {name for finder in get_finders() for name, _ in finder.list([])}
    return sorted(name for name in names if name.startswith("js/") and name.endswith(".js"))


def changes_of_page(origin: str, path: str) -> list[str]:
    headers, body = fetched(origin, path)
    wanted = dict(HEADERS)
    if origin.startswith("https://"):
        hsts = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
        wanted["Strict-Transport-Security"] = hsts
    found = [f"{path}: {name}" for name, text in wanted.items() if headers.get(name) != text]
    said = headers.get("Content-Security-Policy", "").split(";")
    policy = {name: " ".join(sources) for name, *sources in map(str.split, filter(str.strip, said))}
    found += [f"{path}: {name}" for name, text in POLICY.items() if policy.get(name) != text]
    shipped = {staticfiles_storage.url(name): digest_of(name) for name in scripts()}
    for attributes, content in SCRIPT.findall(body.decode(errors="replace")):
        source = re.search(r'\bsrc="([^"]*)"', attributes)
        digest = shipped.get(source[1]) if source else None
        if digest is None or content.strip() or f'integrity="{digest}"' not in attributes:
            found.append(f"{path}: a script of {source[1] if source else 'its own'}")
    return found


def changes_of_script(origin: str, name: str) -> list[str]:
    _, body = fetched(origin, staticfiles_storage.url(name))
    return [] if digest_of(name) == digest_of_text(body) else [f"static/{name}"]


def fetched(origin: str, path: str) -> tuple[Any, bytes]:
    request = Request(urljoin(origin, path), headers={"Accept": "text/html,*/*"})  # noqa: S310
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  (http and https alone)
            return answer.headers, answer.read(LARGEST)
    except HTTPError as refusal:
        return refusal.headers, refusal.read(LARGEST)
    except OSError as error:
        raise CommandError(f"{origin} does not answer: {type(error).__name__}.") from None
