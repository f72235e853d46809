"""The name of a passkey in the emails about it: whoever knows the password has chosen it."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from accounts.models import Passkey
from accounts.notifications import messages
from accounts.notifications.messages import PasskeyChange
from accounts.notifications.quoting import LONGEST, quotable
from tests.accounts.codes import PASSWORD, sign_in
from tests.accounts.mfa.authenticator import PASSKEYS, Authenticator, add_passkey
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

# What programs make a link of: with a scheme, with a domain, an email address.
LINKED = re.compile(r"\w+://|\bwww\.|\w\.[a-z]{2,}|\w@\w|mailto:\S|tel:\S", re.IGNORECASE)


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("My phone", "My phone"),
        ("Pixel 8.1", "Pixel 8.1"),
        ("Work/home", "Work/home"),
        ("Teléfono de Zoë", "Teléfono de Zoë"),
        ("https://evil.example/pay", "https: //evil. example/pay"),
        ("www.evil.example", "www. evil. example"),
        ("evil。example", "evil。 example"),
        ("help@evil.example", "help@ evil. example"),
        ("phone”. Call us", "phone'. Call us"),
        ("a\r\nBcc: x@y.example\n\nPay now", "a Bcc: x@ y. example Pay now"),
        ("a\u202eb\u200bc\x00\x1b[31m", "abc[31m"),
        ("هاتفي", "\u2068هاتفي\u2069"),
        ("x" * 500, "x" * LONGEST),
        ("\u200b", ""),
    ],
)
def test_a_name_is_quoted_safely(name: str, quoted: str) -> None:
    assert quotable(name) == quoted


def sent() -> EmailMultiAlternatives:
    email = mail.outbox[-1]
    assert isinstance(email, EmailMultiAlternatives)
    return email


def parts(email: Any) -> list[str]:
    """The text and the HTML, each without the mail's own links."""
    html = str(email.alternatives[0][0])
    # The form's own words only: what stands in quotation marks.
    return ["\n".join(re.findall("“(.*?)”", text, re.DOTALL)) for text in (email.body, html)]


@pytest.mark.parametrize("what", list(PasskeyChange))
def test_no_email_makes_a_link_or_a_header_of_it(cast: Cast, what: PasskeyChange) -> None:
    names = ["https://evil.example\r\nBcc: a@evil.example <b>", "<a href='//evil.example'>x</a>"]
    messages.passkey(
        cast.laundry, what, names=names, new_name=names[1], link="https://ours.example/"
    )()
    email = sent()
    assert "evil" not in email.subject
    assert "\n" not in str(email.message()["Subject"])
    assert email.message()["Bcc"] is None
    for quoted in parts(email):
        assert "evil" in quoted
        assert not LINKED.search(quoted)
    assert "<a href='//evil" not in str(email.alternatives[0][0])


def test_each_email_names_the_passkey(there: There, cast: Cast) -> None:
    client = sign_in()
    add_passkey(client)
    assert "The passkey “My phone” was just added" in str(sent().body).replace("\n", " ")
    passkey = Passkey.objects.get()
    page = f"{PASSKEYS}{passkey.pk}/"
    client.post(page, {"name": "My phone"})
    assert sent().subject == "A passkey was added at Springfield Water"  # nothing has changed
    client.post(page, {"name": "Kitchen tablet"})
    assert sent().subject == "A passkey was renamed at Springfield Water"
    assert sent().to == [cast.laundry.email]
    words = str(sent().body).replace("\n", " ")
    assert "The passkey “My phone” of your online account" in words
    assert "is now called “Kitchen tablet”" in words
    client.post(f"{page}remove/", {"current": PASSWORD})
    assert "“Kitchen tablet” was just removed" in str(sent().body).replace("\n", " ")


def test_nobody_fills_a_mailbox_with_new_names(there: There, cast: Cast) -> None:
    Authenticator().known_for(cast.laundry)
    client, page = sign_in(), f"{PASSKEYS}{Passkey.objects.get().pk}/"
    answers = [client.post(page, {"name": f"Phone {number}"}).status_code for number in range(11)]
    assert answers == [302] * 10 + [429]
    assert len(mail.outbox) == 10


def test_all_that_are_removed_at_once_are_named(there: There, cast: Cast) -> None:
    Authenticator().known_for(cast.laundry)
    Passkey.objects.update(name="Old laptop")
    add_passkey(sign_in())
    Client().post(link_in(mail.outbox[-1]))
    assert "Removed: “Old laptop”, “My phone”" in str(mail.outbox[-1].body)
