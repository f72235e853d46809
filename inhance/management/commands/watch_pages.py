"""Detects changes to the headers or scripts of pages that lead to payments (PCI DSS 11.6.1)."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import CommandError, CommandParser

from backoffice.management.periodic import PeriodicCommand
from inhance.middleware import PERMISSIONS
from inhance.templatetags.integrity import digest_of, digest_of_text

PAGES = ("/", "/pay/", "/accounts/login/")
RETURN_PAGE = "/pay/return/watched/"
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
    "frame-src": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
}
KEPT_BY_NOBODY = {"no-store", "private"}


class Wanted(NamedTuple):
    """A page's expected headers and policy where they differ from the strictest."""

    headers: Mapping[str, str | None] = {}
    policy: Mapping[str, str] = {}


STRICT = Wanted()
# Shown inside the frame, which no other site may do.
RETURN = Wanted(
    {"X-Frame-Options": None, "Referrer-Policy": "no-referrer"}, {"frame-ancestors": "'self'"}
)


class Command(PeriodicCommand):
    help = "Compares a running portal's headers and scripts with what this release ships."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("origin", help="for example, https://pay.example.com")
        parser.add_argument("--page", action="append", default=[], help="another page to check")
        parser.add_argument(
            "--frames",
            action="append",
            default=[],
            help="an Invoice Cloud origin whose payments each --page shows in a frame (repeat for "
            "each one, in the order on the biller's page in the admin)",
        )

    def handle(
        self, *args: Any, origin: str, page: list[str], frames: list[str], **options: Any
    ) -> None:
        if not origin.startswith(("https://", "http://")):
            raise CommandError("The origin must start with https://.")
        pages = dict.fromkeys(PAGES, STRICT) | {RETURN_PAGE: RETURN}
        pages |= dict.fromkeys(page, framing(frames) if frames else STRICT)
        changes = [
            *(change for path in pages for change in changes_of_page(origin, path, pages[path])),
            *(change for name in scripts() for change in changes_of_script(origin, name)),
        ]
        if changes:
            raise CommandError("Different from this release:\n- " + "\n- ".join(changes))
        self.stdout.write(f"{origin}: {len(pages)} pages and all scripts match this release.")


def scripts() -> list[str]:
    """Returns the portal's own scripts. Django's are only used in the admin."""
    names = {name for finder in get_finders() for name, _ in finder.list([])}
    return sorted(name for name in names if name.startswith("js/") and name.endswith(".js"))


def framing(origins: list[str]) -> Wanted:
    """Returns what is expected of a page that frames payments from these origins only."""
    hosts = " ".join(["'self'", *origins])
    policy = {"frame-src": hosts, "form-action": hosts}
    headers = {
        "Referrer-Policy": "strict-origin",
        "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    }
    return Wanted(headers, policy)


def changes_of_page(origin: str, path: str, wanted: Wanted = STRICT) -> list[str]:
    headers, body = fetched(origin, path)
    found = changes_of_headers(headers, wanted, is_secure=origin.startswith("https://"))
    return [f"{path}: {what}" for what in (*found, *changes_of_tags(body))]


def changes_of_headers(headers: Any, wanted: Wanted, *, is_secure: bool) -> list[str]:
    said: dict[str, str | None] = {**HEADERS, **wanted.headers}
    if is_secure:
        said["Strict-Transport-Security"] = hsts()
    found = [name for name, text in said.items() if headers.get(name) != text]
    kept = {part.strip() for part in headers.get("Cache-Control", "").split(",")}
    found += [] if kept >= KEPT_BY_NOBODY else ["Cache-Control"]
    parts = headers.get("Content-Security-Policy", "").split(";")
    policy = {name: " ".join(to) for name, *to in map(str.split, filter(str.strip, parts))}
    wanted_policy = {**POLICY, **wanted.policy}
    return found + [name for name, text in wanted_policy.items() if policy.get(name) != text]


def hsts() -> str:
    """Returns Strict-Transport-Security as the settings want it."""
    parts = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    parts += ["includeSubDomains"] if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else []
    return "; ".join(parts + (["preload"] if settings.SECURE_HSTS_PRELOAD else []))


def changes_of_tags(body: bytes) -> list[str]:
    found = []
    shipped = {staticfiles_storage.url(name): digest_of(name) for name in scripts()}
    for attributes, content in SCRIPT.findall(body.decode(errors="replace")):
        source = re.search(r'\bsrc="([^"]*)"', attributes)
        digest = shipped.get(source[1]) if source else None
        if digest is None or content.strip() or f'integrity="{digest}"' not in attributes:
            found.append(f"a script of {source[1] if source else 'its own'}")
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
