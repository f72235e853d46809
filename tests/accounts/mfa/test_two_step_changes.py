"""Two-step verification: turned on, changed, turned off, and undone by the owner of the mailbox."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from cryptography.fernet import Fernet
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.mfa import services as two_step
from accounts.mfa.totp import PENDING_KEY
from accounts.models import User
from accounts.models.second_factor import RECOVERY_CODES, RecoveryCode, SecondFactor
from backoffice.audit.events import Event
from tests import cast as people
from tests.accounts.codes import (
    CODE,
    GOOD,
    HERE,
    NEW,
    NEW_CODES,
    OFF,
    PASSWORD,
    code_of,
    codes_on,
    is_signed_in,
    key_on,
    right_code,
    sign_in,
    turn_on,
    wrong_code,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast, other_biller, staff


@pytest.mark.parametrize(
    ("code", "current"), [("wrong", PASSWORD), ("right", "a wrong one"), ("", PASSWORD)]
)
def test_it_takes_the_password_and_the_right_code_to_turn_it_on(
    there: There, cast: Cast, code: str, current: str
) -> None:
    client = sign_in()
    key = key_on(client)
    given = {"right": code_of(key), "wrong": wrong_code(key)}.get(code, code)
    page = client.post(HERE, {"code": given, "current": current}).content.decode()
    assert "There's a problem" in page
    assert f"{key[:4]} {key[4:8]}" in page  # the same key: the app has it already
    assert not SecondFactor.objects.exists()
    assert mail.outbox == []


def test_a_key_begun_before_the_encryption_keys_changed(there: There, cast: Cast) -> None:
    client = sign_in()
    key = key_on(client)
    kept = client.session
    kept[PENDING_KEY] = Fernet(Fernet.generate_key()).encrypt(key.encode()).decode()
    kept.save()
    assert key_on(client) not in {"", key}


def test_turned_on_twice_it_says_so_and_ends_no_code(there: There, cast: Cast) -> None:
    client = sign_in()
    codes = turn_on(client)
    page = client.post(HERE, {"code": "123456", "current": PASSWORD}).content.decode()
    assert "There's a problem" not in page
    assert "already on." in page
    assert RecoveryCode.objects.count() == len(codes)


def test_of_two_tabs_one_turns_it_on(
    there: There, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tab reads the state before that and writes after it."""
    client = sign_in()
    code = code_of(key_on(client))
    was = two_step.turn_on

    def after_another(*args: Any, **more: Any) -> Any:
        SecondFactor.objects.create(user=cast.laundry, key="A" * 32)
        return was(*args, **more)

    monkeypatch.setattr(two_step, "turn_on", after_another)
    page = client.post(HERE, {"code": code, "current": PASSWORD}).content.decode()
    assert "see your recovery codes, get new ones." in page
    assert SecondFactor.objects.get().key == "A" * 32


def test_a_new_address_asked_for_before_is_not_taken_any_more(there: There, cast: Cast) -> None:
    client = sign_in()
    form = {"email": "willow@example.com", "current": PASSWORD}
    client.post("/accounts/sign-in/email/", form)
    link = link_in(mail.outbox[-1])
    assert client.get(link).status_code == 200
    turn_on(client)
    assert client.get(link).status_code == 410


@pytest.mark.parametrize("page", [NEW_CODES, OFF])
@pytest.mark.parametrize("wrong", [{"current": "a wrong one"}, {"code": "a" * 16}, {"code": ""}])
def test_changing_it_takes_password_and_code(
    codes: list[str], cast: Cast, page: str, wrong: dict[str, str]
) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    mail.outbox.clear()
    form = {"current": PASSWORD, "code": codes[1], **wrong}
    assert "There's a problem" in client.post(page, form).content.decode()
    assert RecoveryCode.objects.count() == RECOVERY_CODES - 1
    assert mail.outbox == []
    assert client.post(page, form | {"current": "no", "code": codes[1]}).status_code == 200
    assert RecoveryCode.objects.count() == RECOVERY_CODES - 1  # not used up by a wrong password


def test_passwords_are_not_guessed_here(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    form = {"current": "a wrong one", "code": codes[1]}
    answers = [client.post(OFF, form).status_code for _try in range(10)]
    assert answers == [200] * 9 + [429]  # the first of ten turned it on


def test_new_recovery_codes_end_the_old_ones_and_are_told(codes: list[str], cast: Cast) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    assert "9 of your recovery codes are left." in client.get(HERE).content.decode()
    form = {"current": PASSWORD, "code": right_code(cast.laundry)}
    page = client.post(NEW_CODES, form).content.decode()
    assert "Your old codes no longer work." in page
    assert mail.outbox[-1].subject == "New recovery codes at Springfield Water"
    new = codes_on(page)
    assert len(new) == RECOVERY_CODES
    elsewhere = sign_in()
    elsewhere.post(CODE, {"code": codes[1]})
    assert not is_signed_in(elsewhere)
    elsewhere.post(CODE, {"code": new[0]})
    assert is_signed_in(elsewhere)


def test_turning_it_off_is_told(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    form = {"current": PASSWORD, "code": codes[1]}
    page = client.post(OFF, form, follow=True).content.decode()
    assert "Two-step verification is off." in page
    assert mail.outbox[-1].subject == "Two-step verification is off at Springfield Water"
    assert is_signed_in(client)
    assert is_signed_in(sign_in())
    assert client.post(OFF, form)["Location"] == "/accounts/sign-in/"  # a second click


def test_the_owner_undoes_what_a_thief_has_turned_on(there: There, cast: Cast) -> None:
    """With the mailbox alone: who has only the password must not lock the owner out."""
    thief, owner = sign_in(), Client()
    turn_on(thief)
    link = link_in(mail.outbox[-1])
    assert "Didn't turn it on?" in owner.get(link).content.decode()
    assert SecondFactor.objects.exists()  # a mail program that looks at links changes nothing
    answer = owner.post(link, follow=True)
    assert answer.request["PATH_INFO"].startswith("/accounts/password-reset/")
    assert not is_signed_in(thief)
    assert mail.outbox[-1].subject == "Two-step verification is off at Springfield Water"
    owner.post(answer.request["PATH_INFO"], {"password": NEW})
    assert is_signed_in(owner)
    thief.post("/accounts/login/", GOOD)
    assert not is_signed_in(thief)
    assert owner.get(link).status_code == 410


def test_its_link_works_for_a_week_and_here(codes: list[str], cast: Cast) -> None:
    link = link_in(mail.outbox[-1])
    other_biller()
    assert Client(headers={"host": "power.localhost"}).get(link).status_code == 410
    SecondFactor.objects.update(set_up_at=timezone.now() - timedelta(days=7, minutes=1))
    page = Client().get(link)
    assert page.status_code == 410
    assert "Ask us for help" in page.content.decode()
    assert Client().post(link).status_code == 410
    assert SecondFactor.objects.exists()


def test_an_administrator_helps_who_has_lost_everything(codes: list[str], cast: Cast) -> None:
    page = f"/admin/accounts/member/{cast.laundry.pk}/end-two-step/"
    support, administrator = Client(), Client()
    support.force_login(staff("support", cast.biller))
    assert support.post(page).status_code == 403
    assert not is_signed_in(sign_in())
    administrator.force_login(staff("administrator", cast.biller))
    assert (
        "sure the request really comes from the member" in administrator.get(page).content.decode()
    )
    administrator.post(page)
    assert mail.outbox[-1].subject == "Two-step verification is off at Springfield Water"
    assert is_signed_in(sign_in())
    assert administrator.get(page).status_code == 403  # there is nothing to turn off


def test_the_link_ends_with_the_address_it_was_sent_to(codes: list[str], cast: Cast) -> None:
    """Whoever reads a mailbox that was left gets in by none of its mails."""
    link = link_in(mail.outbox[-1])
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    client.post("/accounts/sign-in/email/", {"email": "willow@example.com", "current": PASSWORD})
    client.post(link_in(mail.outbox[-1]), {"password": PASSWORD})
    assert User.objects.get(pk=cast.laundry.pk).email == "willow@example.com"
    assert Client().post(link).status_code == 410
    assert SecondFactor.objects.exists()


def test_the_link_of_somebody_shut_out_does_nothing(codes: list[str], cast: Cast) -> None:
    link = link_in(mail.outbox[-1])
    User.objects.filter(pk=cast.laundry.pk).update(is_active=False)
    assert Client().post(link).status_code == 410
    assert SecondFactor.objects.exists()


def test_undone_in_a_browser_that_waits_for_the_code(codes: list[str]) -> None:
    link, client = link_in(mail.outbox[-1]), sign_in()
    answer = client.post(link, follow=True)
    assert answer.request["PATH_INFO"].startswith("/accounts/password-reset/")
    assert answer.status_code == 200
    [event] = LogEntry.objects.filter(additional_data__event=Event.UNDONE)
    assert event.actor is None


def test_a_forgotten_password_is_still_set_by_its_link(there: There, cast: Cast) -> None:
    """Whoever turns two-step verification on meanwhile does not keep the owner from it."""
    owner = Client()
    owner.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    link = link_in(mail.outbox[-1])
    turn_on(sign_in())
    assert owner.get(link).status_code == 200


def test_wrong_codes_count_wherever_they_are_given(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    mail.outbox.clear()
    for _try in range(5):
        client.post(OFF, {"current": PASSWORD, "code": "a" * 16})
    assert [message.subject for message in mail.outbox] == [
        "Wrong codes at Springfield Water: does someone know your password?"
    ]
    wrong = LogEntry.objects.filter(additional_data__event=Event.WRONG_CODE)
    assert wrong.count() == 5
