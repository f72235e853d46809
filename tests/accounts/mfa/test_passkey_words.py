"""What pages say about passkeys where there is no button to press."""

import pytest
from django.test import Client

from accounts.models import Passkey
from accounts.models.second_factor import SecondFactor
from tests.accounts.codes import CODE, GOOD, HERE, NEW_CODES, OFF
from tests.accounts.mfa.authenticator import ADD, Authenticator, signed_in
from tests.accounts.there import There
from tests.cast import Cast


@pytest.fixture
def device(there: There, cast: Cast) -> Authenticator:
    SecondFactor.objects.create(user=cast.laundry, key="")
    return Authenticator().known_for(cast.laundry)


def code_page() -> str:
    client = Client()
    client.post("/accounts/login/", GOOD)
    return client.get(CODE).content.decode()


def test_with_a_passkey_it_names_both_ways(device: Authenticator) -> None:
    page = code_page()
    assert "<h1>Use your passkey</h1>" in page
    assert "Use your passkey, or enter one of your recovery codes." in page
    missing = page.split("<p data-passkey-missing>")[1].split("</p>", maxsplit=1)[0]
    assert "This browser can't use passkeys." in missing
    assert "Press the button" not in page


@pytest.mark.parametrize("elsewhere", [True, False])
def test_without_one_for_this_host_name_it_asks_for_a_recovery_code(
    device: Authenticator, elsewhere: bool
) -> None:
    """The biller has moved, or support has removed them."""
    Passkey.objects.update(rp_id="old.example") if elsewhere else Passkey.objects.all().delete()
    page = code_page()
    assert "<h1>Enter a recovery code</h1>" in page
    assert "Enter one of your recovery codes. Each works once." in page
    assert "passkey" not in page
    assert '<button class="button">Continue</button>' in page


@pytest.mark.parametrize("address", [OFF, NEW_CODES, ADD])
def test_without_an_app_enter_asks_for_the_passkey(
    device: Authenticator, cast: Cast, address: str
) -> None:
    """The first button of a form is the one that Enter presses."""
    client = signed_in(cast.laundry)
    session = client.session
    factor = SecondFactor.objects.get()
    session["otp_device_id"] = str(factor.persistent_id)
    session.save()
    page = client.get(address).content.decode()
    form = page.split('name="current"')[1]
    first = form[: form.index("data-passkey-button") + 20]
    assert 'type="submit" data-passkey-button' in first
    assert 'name="code"' not in first
    assert page.count("data-passkey-button") == 1
    SecondFactor.objects.update(key="A" * 32)
    page = client.get(address).content.decode()
    assert 'type="button" data-passkey-button' in page
    assert page.count("data-passkey-button") == 1


def test_turning_on_an_app_offers_no_passkey_in_its_form(there: There, cast: Cast) -> None:
    Authenticator().known_for(cast.laundry)
    assert "data-passkey-button" not in signed_in(cast.laundry).get(HERE).content.decode()
