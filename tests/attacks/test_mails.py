"""Emails contain only our own text: nobody can put a header, a host name, or an address into
them."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from icsso.billers.models import Biller
from tests.cast import LAUNDRY_EMAIL, Cast


def test_a_line_break_adds_no_header(
    cast: Cast, client: Client, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    Biller.objects.update(name="Springfield\r\nBcc: evil@example.com\r\n\r\nWater")
    client.post("/accounts/password-reset/", {"email": LAUNDRY_EMAIL})
    (mail,) = mailoutbox
    message = mail.message()
    assert message["Bcc"] is None
    assert message["To"] == LAUNDRY_EMAIL
    assert "Springfield Bcc" in str(message["From"])


@pytest.mark.parametrize(
    "email",
    [
        "laundry@example.com\nBcc: evil@example.com",
        "laundry@example.com, evil@example.com",
        "laundry@example.com%0aBcc:evil@example.com",
        "laundry@example.com\r\n\r\nRead this instead",
        '"laundry@example.com\nX: y"@example.com',
    ],
)
def test_an_address_is_one_address(
    cast: Cast, client: Client, mailoutbox: list[EmailMultiAlternatives], email: str
) -> None:
    answer = client.post("/accounts/password-reset/", {"email": email})
    assert answer.status_code == 200
    assert mailoutbox == []


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-Host"])
def test_a_forged_host_does_not_get_into_a_link(
    cast: Cast, client: Client, mailoutbox: list[EmailMultiAlternatives], header: str
) -> None:
    forged = {"host": "localhost:8000", header: "evil.example"}
    client.post("/accounts/password-reset/", {"email": LAUNDRY_EMAIL}, headers=forged)
    (mail,) = mailoutbox
    assert "http://localhost:8000/accounts/password-reset/" in str(mail.body)
    assert "evil.example" not in mail.message().as_string()


def test_a_host_that_is_not_ours_sends_no_mail(
    cast: Cast, client: Client, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    forged = {"host": "evil.example"}
    answer = client.post("/accounts/password-reset/", {"email": LAUNDRY_EMAIL}, headers=forged)
    assert answer.status_code == 400
    assert mailoutbox == []
