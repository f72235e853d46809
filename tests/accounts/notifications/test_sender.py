"""Who an email comes from: the biller's own name and address, or the portal's address."""

from email.utils import parseaddr

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Signup
from accounts.notifications import messages as notifications
from icsso.billers.models import Biller
from tests.cast import Cast, staff

LINK = "https://water.example/accounts/finish/abc/"
Outbox = list[EmailMultiAlternatives]


def sent(biller: Biller, outbox: Outbox) -> EmailMultiAlternatives:
    asked = Signup(biller=biller, email="ana@example.com", language="en")
    notifications.finish_signup(asked, link=LINK)()
    return outbox[-1]


def test_the_billers_own_address(biller: Biller, mailoutbox: Outbox) -> None:
    biller.sender_email = "billing@springfield-water.example"
    message = sent(biller, mailoutbox).message()
    assert message["From"] == "Springfield Water <billing@springfield-water.example>"
    assert message["Reply-To"] == "help@springfield-water.example"
    assert message["Message-ID"].endswith("@springfield-water.example>")
    biller.sender_name = "Springfield billing, no reply"
    message = sent(biller, mailoutbox).message()
    assert message["From"] == (
        '"Springfield billing, no reply" <billing@springfield-water.example>'
    )


def test_the_portals_address_otherwise(
    biller: Biller, mailoutbox: Outbox, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Portal <portal@inhance.example>"
    biller.support_email = ""
    message = sent(biller, mailoutbox).message()
    assert message["From"] == "Springfield Water <portal@inhance.example>"
    assert message["Reply-To"] is None
    assert message["Message-ID"].endswith("@inhance.example>")


@pytest.mark.parametrize(
    "name",
    ["Water\r\nBcc: eve@example.com", "Water\x00", "retaW\u202e", 'Water" <eve@example.com>'],
)
def test_no_name_can_add_a_header_or_another_address(
    biller: Biller, mailoutbox: Outbox, name: str
) -> None:
    biller.sender_name, biller.sender_email = name, "billing@water.example"
    message = sent(biller, mailoutbox).message()
    assert message["Bcc"] is None
    assert parseaddr(str(message["From"]))[1] == "billing@water.example"
    if not name.isprintable():
        with pytest.raises(ValidationError) as fault:
            biller.full_clean()
        assert "sender_name" in fault.value.message_dict


@pytest.mark.parametrize(
    "address",
    ["billing", "a@b.example\nBcc: eve@example.com", "Water <a@b.example>", "josé@água.example"],
)
def test_what_is_no_plain_address_is_refused(biller: Biller, address: str) -> None:
    biller.sender_email = address
    with pytest.raises(ValidationError) as fault:
        biller.full_clean()
    assert "sender_email" in fault.value.message_dict


def test_staff_enter_it_in_the_admin(cast: Cast, client: Client) -> None:
    client.force_login(staff("administrator", cast.biller))
    page = f"/admin/icsso/biller/{cast.biller.pk}/going-live/"
    data = {"support-support_phone": "311", "support-sender_email": "billing@water.example"}
    client.post(f"{page}support/", {**data, "support-sender_name": "Water"})
    assert Biller.objects.get().sender == "Water <billing@water.example>"
    client.post(f"{page}support/", {**data, "support-sender_name": "Water\nBcc: x@y.example"})
    assert Biller.objects.get().sender == "Water <billing@water.example>"
