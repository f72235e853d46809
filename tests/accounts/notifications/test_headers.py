"""An email as the mail server gets it: its headers, and the head of its HTML."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Member
from accounts.notifications import messages as notifications
from icsso.billers.models import Biller
from tests.accounts.notifications.mail_server import MailServer
from tests.accounts.notifications.test_emails import EMAILS

pytestmark = pytest.mark.any_database


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "portal@pay.springfield.example"
    with MailServer() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def received(server: MailServer, biller: Biller, name: str, language: str = "en") -> EmailMessage:
    EMAILS[name](Member(email="ana@example.com", biller=biller, language=language), biller)()
    return server.messages[-1]


@pytest.mark.parametrize("name", EMAILS)
def test_every_email_has_the_headers_of_an_automatic_one(
    server: MailServer, biller: Biller, name: str
) -> None:
    message = received(server, biller, name)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert re.fullmatch(r"<[^@\s]+@pay\.springfield\.example>", message["Message-ID"])
    sent_at = message["Date"].datetime.replace(tzinfo=UTC)  # -0000
    assert abs(datetime.now(UTC) - sent_at) < timedelta(minutes=5)
    for once in ("Date", "Message-ID", "From", "To", "Subject", "Auto-Submitted"):
        assert len(message.get_all(once)) == 1
    assert socket.getfqdn() not in str(message) or socket.getfqdn() == "localhost"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("configured", "domain"),
    [
        ("portal@pay.example", "pay.example"),
        ("Springfield Water <portal@pay.example>", "pay.example"),
        ("portal@zahlung-münchen.example", "xn--zahlung-mnchen-osb.example"),
        ("portal@localhost", "localhost"),
    ],
)
def test_the_message_id_is_of_the_senders_domain(
    server: MailServer, settings: Settings, biller: Biller, configured: str, domain: str
) -> None:
    settings.DEFAULT_FROM_EMAIL = configured
    message = received(server, biller, "password_changed")
    assert message["Message-ID"].endswith(f"@{domain}>")
    name, address = parseaddr(str(message["From"]))
    assert name == "Springfield Water"
    assert address.endswith(f"@{domain}")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_html_has_language_and_direction_and_no_phone_links_by_chance(
    server: MailServer, biller: Biller, language: str
) -> None:
    html = received(server, biller, "password_changed", language).get_body(["html"])
    assert html is not None
    text = html.get_content()
    assert f'<html lang="{language}" dir="ltr">' in text
    assert '<meta name="format-detection" content="telephone=no' in text
    # The one that is meant.
    assert re.search(r'<a href="tel:\(217\)555-0100"[^>]*>\(217\) 555-0100</a>', text)


@pytest.mark.parametrize("address", ["/accounts/login/", "/admin/login/", "/nothing/"])
def test_pages_make_no_phone_links_by_chance(biller: Biller, client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    assert '<meta name="format-detection" content="telephone=no">' in page


def test_every_link_in_it_asks_for_its_language(server: MailServer, biller: Biller) -> None:
    notifications.already_member(
        Member(email="ana@example.com", biller=biller),
        language="es",
        sign_in="https://pay.example/accounts/login/",
        reset="https://pay.example/accounts/password-reset/",
    )()
    text = server.messages[-1].get_body(["plain"])
    assert text is not None
    links = re.findall(r"https://\S+", text.get_content())
    assert links == [
        "https://pay.example/accounts/login/?language=es",
        "https://pay.example/accounts/password-reset/?language=es",
    ]
