"""What a passkey must not spoil: the other ways in, and those of whoever did not add it."""

import html
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.mfa.passkeys import ceremonies
from accounts.models import Passkey
from accounts.models.second_factor import SecondFactor
from tests import cast as people
from tests.accounts.codes import CODE, HERE, OFF, PASSWORD, is_signed_in, right_code, sign_in
from tests.accounts.codes import NEW as NEW_PASSWORD
from tests.accounts.mfa.authenticator import (
    ADD,
    NEW,
    PASSKEYS,
    Authenticator,
    add_passkey,
    options_on,
    sign_in_with,
    signed_in,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast, staff
from tests.whole_dates import spaced

SECOND_STEP = f"{HERE}passkey/"


@pytest.fixture
def device(there: There, cast: Cast) -> Authenticator:
    """A device on which a member has made a passkey."""
    return add_passkey(sign_in())


def hidden_answer(page: bytes) -> str:
    """What the form would send again."""
    (tag,) = re.findall(r'<input[^>]*name="passkey"[^>]*>', page.decode())
    value = re.search(r'value="([^"]*)"', tag)
    return html.unescape(value[1]) if value else ""


def test_a_refused_passkey_does_not_stand_before_a_right_code(codes: list[str], cast: Cast) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    device = add_passkey(client, code=codes[1])
    client = sign_in()
    late = device.get(options_on(client.get(CODE).content))
    client.get(CODE)  # in another tab, which has a challenge of its own
    page = client.post(CODE, {"passkey": late, "code": ""}).content
    assert "That passkey didn" in page.decode()
    client.post(CODE, {"passkey": hidden_answer(page), "code": right_code(cast.laundry)})
    assert is_signed_in(client)


def test_a_wrong_password_leaves_no_passkey_in_the_form(codes: list[str], cast: Cast) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    device = add_passkey(client, code=codes[1])
    answer = device.get(options_on(client.get(OFF).content))
    page = client.post(OFF, {"current": "wrong", "passkey": answer, "code": ""}).content
    code = right_code(cast.laundry)
    client.post(OFF, {"current": PASSWORD, "passkey": hidden_answer(page), "code": code})
    assert not SecondFactor.objects.exists()


def remove_page() -> str:
    return f"{PASSKEYS}{Passkey.objects.order_by('pk')[0].pk}/remove/"


def turn_on(client: Client, device: Authenticator) -> None:
    answer = device.get(options_on(client.get(SECOND_STEP).content))
    client.post(SECOND_STEP, {"current": PASSWORD, "passkey": answer})
    assert SecondFactor.objects.exists()


def test_removed_it_ends_what_it_has_opened(device: Authenticator) -> None:
    here, thief = sign_in(), sign_in_with(device)
    page = here.get(remove_page()).content.decode()
    assert "all your other devices are signed out" in page
    here.post(remove_page(), {"current": PASSWORD})
    assert not is_signed_in(thief)
    assert is_signed_in(here)


def test_removed_by_support_it_ends_what_it_has_opened(device: Authenticator, cast: Cast) -> None:
    turn_on(sign_in(), device)
    thief, chief = sign_in_with(device), Client()
    chief.force_login(staff("administrator", cast.biller))
    chief.post(f"/admin/accounts/member/{cast.laundry.pk}/end-two-step/")
    assert not Passkey.objects.exists()
    assert not is_signed_in(thief)
    assert "all your passkeys were removed" in str(mail.outbox[-1].body).replace("\n", " ")


def test_an_open_browser_is_not_enough_to_remove_one(device: Authenticator) -> None:
    client = sign_in_with(device)
    for form in ({}, {"current": "not the password"}):
        assert client.post(remove_page(), form).status_code == 200
    assert Passkey.objects.exists()


def test_removing_one_takes_the_second_step_too(codes: list[str], cast: Cast) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    add_passkey(client, code=codes[1])
    client.post(remove_page(), {"current": PASSWORD})
    client.post(remove_page(), {"current": PASSWORD, "code": "a" * 16})
    assert Passkey.objects.exists()
    client.post(remove_page(), {"current": PASSWORD, "code": right_code(cast.laundry)})
    assert not Passkey.objects.exists()


def test_one_for_a_former_host_name_can_go(device: Authenticator, cast: Cast) -> None:
    client = sign_in()
    turn_on(client, device)
    old = Authenticator(rp_id="former.example").known_for(cast.laundry)
    page = f"{PASSKEYS}{Passkey.objects.get(credential_id=old.id).pk}/remove/"
    answer = device.get(options_on(client.get(page).content))
    client.post(page, {"current": PASSWORD, "passkey": answer})
    assert [each.rp_id for each in Passkey.objects.all()] == ["testserver"]


def test_one_for_the_other_host_name_is_not_this_ones_replacement(
    device: Authenticator, cast: Cast
) -> None:
    client = sign_in()
    turn_on(client, device)
    cast.biller.hosts.create(host="other.example")
    other = Authenticator(rp_id="other.example").known_for(cast.laundry)
    assert "only passkey" in client.get(remove_page(), follow=True).content.decode()
    page = f"{PASSKEYS}{Passkey.objects.get(credential_id=other.id).pk}/remove/"
    assert client.get(page).status_code == 200
    Passkey.objects.filter(rp_id="testserver").delete()  # seen at a third name, it is still needed
    assert "only passkey" in client.get(page, follow=True).content.decode()


def test_removed_in_another_tab_it_is_no_second_step(
    device: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, prove = sign_in(), ceremonies.prove

    def prove_and_remove(*args: Any, **kwargs: Any) -> Passkey:
        proved = prove(*args, **kwargs)
        Passkey.objects.all().delete()
        return proved

    monkeypatch.setattr(ceremonies, "prove", prove_and_remove)
    answer = device.get(options_on(client.get(SECOND_STEP).content))
    client.post(SECOND_STEP, {"current": PASSWORD, "passkey": answer})
    assert not SecondFactor.objects.exists()


def reset(client: Client) -> str:
    """Returns the page to which a new password by email leads."""
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    link = link_in(mail.outbox[-1])
    client.get(link)
    return client.post(link, {"password": NEW_PASSWORD}, follow=True).content.decode()


def age() -> None:
    """All passkeys were added longer ago than the emailed links work."""
    Passkey.objects.update(added_at=timezone.now() - Passkey.UNDO_LIFE)


def test_a_new_password_by_email_removes_what_was_just_added(
    device: Authenticator, cast: Cast
) -> None:
    age()
    thief = add_passkey(sign_in())
    client = Client()
    page = reset(client)
    told = mail.outbox[-1]
    for words in (page, str(told.body).replace("\n", " ")):
        assert "We removed 1 passkey that was added in the last 7 days." in spaced(words)
        assert "You have 1 passkey, which still works." in words
        assert PASSKEYS in words
    assert is_signed_in(client)
    assert not is_signed_in(sign_in_with(thief))
    assert is_signed_in(sign_in_with(device))


def test_a_new_password_by_email_is_silent_about_no_passkeys(there: There, cast: Cast) -> None:
    assert "passkey" not in reset(Client()).split("<main")[1]
    assert "passkey" not in str(mail.outbox[-1].body)


def test_a_new_password_by_email_keeps_passkeys_that_are_the_second_step(
    device: Authenticator,
) -> None:
    turn_on(sign_in(), device)
    page = reset(Client())
    assert Passkey.objects.count() == 1
    assert "We removed" not in page
    assert "You have 1 passkey, which still works." in page


def test_a_changed_password_removes_none(device: Authenticator) -> None:
    form = {"current": PASSWORD, "password": NEW_PASSWORD}
    sign_in().post("/accounts/sign-in/password/", form)
    assert "You have 1 passkey, which still works." in str(mail.outbox[-1].body)
    assert Passkey.objects.exists()


def test_one_that_may_have_been_copied_is_told_of_once_a_day(device: Authenticator) -> None:
    sign_in_with(device)
    already = len(mail.outbox)
    for _time in range(2):
        device.count = 0
        assert not is_signed_in(sign_in_with(device))
    (told,) = mail.outbox[already:]
    assert told.subject == "A passkey was refused at Springfield Water"
    assert PASSKEYS in str(told.body)


def test_one_removed_a_moment_ago_was_not_copied(
    device: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    already, use = len(mail.outbox), Passkey.use

    def use_too_late(passkey: Passkey, **facts: Any) -> bool:
        Passkey.objects.all().delete()
        return use(passkey, **facts)

    monkeypatch.setattr(Passkey, "use", use_too_late)
    assert not is_signed_in(sign_in_with(device))
    assert len(mail.outbox) == already


def test_the_emailed_link_says_all_it_does(device: Authenticator) -> None:
    added = mail.outbox[-1]
    client = sign_in()
    turn_on(client, device)
    assert "turn off two-step verification with a passkey" in str(added.body).replace("\n", " ")
    link, already = link_in(added), len(mail.outbox)
    assert "turn off two-step verification with a passkey" in client.get(link).content.decode()
    client.post(link)
    assert not SecondFactor.objects.exists()
    assert [each.subject for each in mail.outbox[already:]] == [
        "Your passkeys were removed at Springfield Water",
        "Two-step verification is off at Springfield Water",
    ]


def test_the_link_about_two_step_verification_says_all_it_does(
    codes: list[str], cast: Cast
) -> None:
    on = mail.outbox[-1]
    assert "remove all passkeys" in str(on.body).replace("\n", " ")
    client = Client()
    assert "remove all passkeys" in client.get(link_in(on)).content.decode()
    Authenticator().known_for(cast.laundry)
    client.post(link_in(on))
    assert "all your passkeys were removed" in str(mail.outbox[-1].body).replace("\n", " ")


def test_a_device_keeps_one_even_if_the_portal_refuses_it_or_forgets_it(
    there: There, cast: Cast
) -> None:
    client, handles = sign_in(), set()
    for name in ("", "My phone"):
        client.post(ADD, {"current": PASSWORD})
        options = options_on(client.get(NEW).content)
        handles.add(options["user"]["id"])
        client.post(NEW, {"name": name, "passkey": Authenticator().create(options)})
    assert Passkey.objects.count() == 1
    client.post(remove_page(), {"current": PASSWORD})
    client.post(ADD, {"current": PASSWORD})
    handles.add(options_on(client.get(NEW).content)["user"]["id"])
    assert len(handles) == 1
    neighbour = signed_in(cast.neighbour)
    neighbour.post(ADD, {"current": people.NEIGHBOUR_PASSWORD})
    assert options_on(neighbour.get(NEW).content)["user"]["id"] not in handles
