"""What the tests of billing pages share: a session that is connected, and the parts of a page."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from icsso.billing.session import BillingSession, State

TOKEN = "marker-of-a-token"
SignedIn = Callable[[BillingSession | None], Client]
Open = Callable[[BillingSession, str], Page]


def connected(seconds: float = 1200) -> BillingSession:
    expires_at = timezone.now() + timedelta(seconds=seconds)
    return BillingSession(state=State.CONNECTED, token=TOKEN, expires_at=expires_at)


class Elements(HTMLParser):
    """The elements of a page by their names, each as its attributes."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.found
            if name == tag and wanted.items() <= attributes.items()
        ]


def words(response: HttpResponse) -> str:
    return unescape(" ".join(response.content.decode().split()))


def fields(page: Elements) -> dict[str | None, str | None]:
    """What the billing form sends; the other hidden fields are the shell's."""
    hidden = page.all("input", type="hidden")
    others = {"csrfmiddlewaretoken", "next"}
    return {field["name"]: field["value"] for field in hidden if field["name"] not in others}
