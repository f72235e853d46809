"""The emailed links that undo what a thief has added: where and how long they work, and how much
they remove."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import ratelimit
from accounts.models import Passkey, User
from accounts.models.second_factor import SecondFactor
from tests.accounts.codes import PASSWORD, is_signed_in, sign_in
from tests.accounts.mfa.authenticator import Authenticator, sign_in_with
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast, other_biller


@pytest.fixture
def device(cast: Cast) -> Authenticator:
    return Authenticator().known_for(cast.laundry)


def passkey_link(cast: Cast) -> str:
    passkey = Passkey.objects.get(member=cast.laundry)
    return reverse("accounts:passkeys_undo", args=[passkey.new_undo_link()])


def two_step_link(factor: SecondFactor) -> str:
    return reverse("accounts:two_step_undo", args=[factor.new_undo_link()])


def test_of_another_biller_it_is_no_link(device: Authenticator, cast: Cast) -> None:
    other_biller()
    link, elsewhere = passkey_link(cast), Client(headers={"host": "power.localhost"})
    assert elsewhere.get(link).status_code == 410
    assert elsewhere.post(link).status_code == 410
    assert Passkey.objects.exists()
    assert Client().get(link).status_code == 200


def test_a_second_step_of_passkeys_goes_with_them(device: Authenticator, cast: Cast) -> None:
    """Else the owner, who has no other passkey and no recovery codes, would be locked out."""
    SecondFactor.objects.create(user=cast.laundry, key="")
    Client().post(passkey_link(cast))
    assert not Passkey.objects.exists()
    assert not SecondFactor.objects.exists()


def test_a_second_step_with_an_app_stays(device: Authenticator, cast: Cast) -> None:
    SecondFactor.objects.create(user=cast.laundry, key="A" * 32)
    Client().post(passkey_link(cast))
    assert not Passkey.objects.exists()
    assert SecondFactor.objects.exists()


@pytest.mark.parametrize("key", ["", "A" * 32])
def test_whoever_turned_two_step_on_keeps_no_passkey(
    device: Authenticator, cast: Cast, key: str
) -> None:
    factor = SecondFactor.objects.create(user=cast.laundry, key=key)
    Authenticator().known_for(cast.neighbour)
    Client().post(two_step_link(factor))
    assert not SecondFactor.objects.exists()
    assert Passkey.objects.get().member_id == cast.neighbour.pk
    assert not is_signed_in(sign_in_with(device))


def test_it_ends_with_the_address_it_was_sent_to(
    there: There, device: Authenticator, cast: Cast
) -> None:
    """Whoever reads a mailbox that was left gets in by none of its mails."""
    link, client = passkey_link(cast), sign_in()
    client.post("/accounts/sign-in/email/", {"email": "willow@example.com", "current": PASSWORD})
    assert Client().get(link).status_code == 200
    client.post(link_in(mail.outbox[-1]), {"password": PASSWORD})
    assert User.objects.get(pk=cast.laundry.pk).email == "willow@example.com"
    assert Client().post(link).status_code == 410
    assert Passkey.objects.exists()


@pytest.mark.parametrize("what", ["passkey", "second step"])
def test_whoever_else_is_signed_in_in_this_browser_is_signed_out(
    device: Authenticator, cast: Cast, what: str
) -> None:
    """The new password is not set in the session of somebody else, whom nothing else signs out."""
    factor = SecondFactor.objects.create(user=cast.laundry, key="A" * 32)
    shared, own = Client(), Client()
    for client in (shared, own):
        client.force_login(cast.neighbour)
    link = passkey_link(cast) if what == "passkey" else two_step_link(factor)
    assert shared.post(link)["Location"].startswith("/accounts/password-reset/")
    assert not is_signed_in(shared)
    assert is_signed_in(own)


@pytest.mark.parametrize("page", ["accounts:passkeys_undo", "accounts:two_step_undo"])
def test_links_are_not_guessed(cast: Cast, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    few = ratelimit.Limit("2/15minute", "2/15minute")
    monkeypatch.setitem(ratelimit.LIMITS, "secret", few)  # type: ignore[arg-type]
    guesses = [reverse(page, args=[f"guess-{number}"]) for number in range(3)]
    assert [Client().post(guess).status_code for guess in guesses] == [410, 410, 429]
