"""Two-step verification: a member turns it on, and the password alone opens nothing any more."""

import re
import time
from base64 import b32decode

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django_otp.oath import TOTP

from accounts.audit import Event
from accounts.models import User
from accounts.second_factor import RECOVERY_CODES, RecoveryCode, SecondFactor
from accounts.sign_ins import SignIn
from tests import cast as people
from tests.accounts.letters import link_in
from tests.accounts.there import There
from tests.cast import STAFF_PASSWORD, Cast, staff
from tests.journeys.test_every_page import addresses

PASSWORD = people.LAUNDRY_PASSWORD
GOOD = {"username": people.LAUNDRY_EMAIL, "password": PASSWORD}
CODE = "/accounts/login/code/"
HERE = "/accounts/sign-in/two-step/"


def code_of(key: str) -> str:
    totp = TOTP(b32decode(key))
    totp.time = time.time()
    return f"{totp.token():06}"


def right_code() -> str:
    """What the app shows, as if half a minute had gone by since the last one was used."""
    SecondFactor.objects.update(last_step=-1)
    return code_of(SecondFactor.objects.get().key)


def sign_in() -> Client:
    client = Client()
    client.post("/accounts/login/", GOOD)
    return client


def turn_on(client: Client) -> list[str]:
    shown = client.get(HERE).content.decode()
    key = re.findall(r"<code>([A-Z2-7 ]+)</code>", shown)[0].replace(" ", "")
    page = client.post(HERE, {"code": code_of(key), "current": PASSWORD}).content.decode()
    return re.findall(r"<code>([a-z2-7-]{19})</code>", page)


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


@pytest.fixture
def codes(there: There, cast: Cast) -> list[str]:
    """Of somebody who has turned it on."""
    return turn_on(sign_in())


def test_turned_on_it_is_asked_for_at_the_next_sign_in(there: There, cast: Cast) -> None:
    client = sign_in()
    assert len(turn_on(client)) == RECOVERY_CODES
    assert is_signed_in(client)
    assert mail.outbox[-1].to == [people.LAUNDRY_EMAIL]
    assert mail.outbox[-1].subject == "Two-step verification is on at Springfield Water"
    assert link_in(mail.outbox[-1]) == "/accounts/password-reset/"

    client = Client()
    answer = client.post("/accounts/login/?next=/billing/bills/", GOOD)
    assert answer["Location"] == f"{CODE}?next=%2Fbilling%2Fbills%2F"
    assert not is_signed_in(client)
    before = client.session.session_key
    answer = client.post(answer["Location"], {"code": right_code()})
    assert answer["Location"] == "/billing/bills/"
    assert client.session.session_key != before
    # The password was given once, and billing was connected with it then.
    assert client.get("/billing/bills/").status_code == 200


def test_where_one_is_signed_in_is_still_shown(codes: list[str], cast: Cast) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    assert SignIn.objects.filter(pk=client.session.session_key, member=cast.laundry).exists()
    assert client.get("/accounts/sign-in/").content.decode().count("This is where you are now") == 1


@pytest.mark.parametrize(
    ("code", "current"), [("000000", PASSWORD), ("right", "a wrong one"), ("", PASSWORD)]
)
def test_it_takes_the_password_and_the_right_code_to_turn_it_on(
    there: There, cast: Cast, code: str, current: str
) -> None:
    client = sign_in()
    shown = client.get(HERE).content.decode()
    key = re.findall(r"<code>([A-Z2-7 ]+)</code>", shown)[0].replace(" ", "")
    right = code_of(key)
    given = {"right": right, "000000": "000000" if right != "000000" else "000001"}.get(code, code)
    page = client.post(HERE, {"code": given, "current": current}).content.decode()
    assert "There is a problem" in page
    assert f"{key[:4]} {key[4:8]}" in page  # the same key: the app has it already
    assert not SecondFactor.objects.exists()
    assert mail.outbox == []


def test_between_password_and_code_nobody_is_signed_in(codes: list[str], cast: Cast) -> None:
    """Every address answers as it does to a stranger, and two lead to the page of the code."""
    knows_the_password, stranger = sign_in(), Client()
    account = cast.account("10000101").pk
    doors = {"/", "/accounts/login/", CODE, "/brand.css"}
    for address in addresses(get_resolver().url_patterns):
        path = re.sub(r"<.*?>", "x", address.replace("<int:pk>", str(account)))
        if address in doors:
            continue
        for ask in ("get", "post"):
            if path == "/accounts/logout/" and ask == "post":
                continue
            answer = getattr(knows_the_password, ask)(path)
            expected = getattr(stranger, ask)(path)
            assert answer.status_code == expected.status_code, (ask, path)
            assert answer.get("Location") == expected.get("Location"), (ask, path)
            assert people.LAUNDRY_EMAIL not in answer.content.decode(), (ask, path)
    assert knows_the_password.get("/")["Location"] == CODE
    assert knows_the_password.get("/accounts/login/?next=/accounts/")["Location"] == (
        f"{CODE}?next=%2Faccounts%2F"
    )
    page = knows_the_password.get(CODE).content.decode()
    assert people.LAUNDRY_EMAIL not in page
    assert "Laundry" not in page


def test_who_has_not_given_a_password_is_not_asked_for_a_code(codes: list[str]) -> None:
    client = Client()
    for ask in (client.get, client.post):
        answer = ask(f"{CODE}?next=/accounts/", {"code": codes[0]})
        assert answer["Location"].startswith("/accounts/login/?next=")
    assert RecoveryCode.objects.count() == RECOVERY_CODES


def test_a_code_lets_in_once(codes: list[str]) -> None:
    code = right_code()
    first, second = sign_in(), sign_in()
    assert first.post(CODE, {"code": code}).status_code == 302
    assert "or was used" in second.post(CODE, {"code": code}).content.decode()
    assert not is_signed_in(second)


def test_a_recovery_code_lets_in_once(codes: list[str], cast: Cast) -> None:
    first, second = sign_in(), sign_in()
    first.post(CODE, {"code": codes[0].upper().replace("-", " ")})
    second.post(CODE, {"code": codes[0]})
    assert is_signed_in(first)
    assert not is_signed_in(second)
    events = LogEntry.objects.filter(object_pk=str(cast.laundry.pk))
    told = [entry.additional_data.get("event") for entry in events]
    assert sorted(told, key=str)[-2:] == [Event.RECOVERED, Event.WRONG_CODE]


def test_codes_are_not_guessed(codes: list[str]) -> None:
    client = sign_in()
    answers = [client.post(CODE, {"code": "a" * 16}).status_code for _try in range(11)]
    assert answers == [200] * 10 + [429]
    assert client.post(CODE, {"code": codes[0]}).status_code == 429


def test_support_lets_the_owner_try_after_others_have_guessed(
    codes: list[str], cast: Cast
) -> None:
    def give(code: str, address: str) -> int:
        client = Client(REMOTE_ADDR=address)
        client.post("/accounts/login/", GOOD)
        return client.post(CODE, {"code": code}).status_code

    for number in range(20):
        give("a" * 16, f"203.0.113.{number // 10}")
    assert give(codes[0], "203.0.113.99") == 429
    support = Client()
    support.force_login(staff("support", cast.biller))
    support.post(f"/admin/accounts/user/{cast.laundry.pk}/unlock/")
    assert give(codes[0], "203.0.113.99") == 302


def test_leads_nowhere_else(codes: list[str]) -> None:
    client = sign_in()
    answer = client.post(f"{CODE}?next=https://elsewhere.example/", {"code": codes[0]})
    assert answer["Location"] == "/"


def test_other_browsers_are_asked_as_soon_as_it_is_on(there: There, cast: Cast) -> None:
    elsewhere = sign_in()
    assert is_signed_in(elsewhere)
    turn_on(sign_in())
    assert not is_signed_in(elsewhere)
    assert elsewhere.get("/")["Location"] == CODE


def test_a_mailbox_is_no_way_round(codes: list[str]) -> None:
    client, new = Client(), "six grey stones by the gate"
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    link = link_in(mail.outbox[-1])
    client.get(link)
    answer = client.post(link, {"password": new}, follow=True)
    assert answer.request["PATH_INFO"] == CODE
    assert not is_signed_in(client)
    client.post(CODE, {"code": codes[0]})
    assert is_signed_in(client)


def test_a_new_password_asks_for_no_code_where_one_was_given(codes: list[str]) -> None:
    here, elsewhere = sign_in(), sign_in()
    here.post(CODE, {"code": codes[0]})
    elsewhere.post(CODE, {"code": codes[1]})
    form = {"current": PASSWORD, "password": "six grey stones by the gate"}
    page = here.post("/accounts/sign-in/password/", form, follow=True).content.decode()
    assert "Your password is changed." in page
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert elsewhere.get("/").status_code == 200  # signed out: not between two steps


def test_new_recovery_codes_end_the_old_ones(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    assert "9 of your recovery codes are left." in client.get(HERE).content.decode()
    wrong = client.post(HERE, {"codes": "", "password": "a wrong one"}).content.decode()
    assert "That password does not match" in wrong
    page = client.post(HERE, {"codes": "", "password": PASSWORD}).content.decode()
    new = re.findall(r"<code>([a-z2-7-]{19})</code>", page)
    assert len(new) == RECOVERY_CODES
    elsewhere = sign_in()
    elsewhere.post(CODE, {"code": codes[1]})
    assert not is_signed_in(elsewhere)
    elsewhere.post(CODE, {"code": new[0]})
    assert is_signed_in(elsewhere)


def test_turning_it_off_takes_the_password_and_is_told(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    page = client.post(HERE, {"off": "", "password": "a wrong one"}).content.decode()
    assert "That password does not match" in page
    assert SecondFactor.objects.exists()
    page = client.post(HERE, {"off": "", "password": PASSWORD}, follow=True).content.decode()
    assert "Two-step verification is off." in page
    assert mail.outbox[-1].subject == "Two-step verification is off at Springfield Water"
    assert is_signed_in(client)
    assert is_signed_in(sign_in())


def test_turned_on_twice_it_says_so_and_ends_no_code(there: There, cast: Cast) -> None:
    client = sign_in()
    codes = turn_on(client)
    page = client.post(HERE, {"code": "123456", "current": PASSWORD}).content.decode()
    assert "There is a problem" not in page
    assert "On since" in page
    assert RecoveryCode.objects.count() == len(codes)


def test_passwords_are_not_guessed_here(codes: list[str]) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    form = {"off": "", "password": "a wrong one"}
    answers = [client.post(HERE, form).status_code for _try in range(10)]
    assert answers == [200] * 9 + [429]  # the first of ten turned it on


def test_the_page_speaks_the_members_language(codes: list[str], cast: Cast) -> None:
    User.objects.filter(pk=cast.laundry.pk).update(language="es")
    assert '<html lang="es"' in sign_in().get(CODE).content.decode()


def test_a_member_without_it_costs_no_query_more(there: There, cast: Cast) -> None:
    client = sign_in()
    with CaptureQueriesContext(connection) as queries:
        client.get("/accounts/sign-in/")
    asked = [query["sql"] for query in queries if "accounts_secondfactor" in query["sql"]]
    assert len(asked) == 1
    assert "accounts_user" in asked[0]
    assert '"key"' not in asked[0].split(" FROM ")[0]


def test_an_administrator_helps_who_has_lost_everything(codes: list[str], cast: Cast) -> None:
    page = f"/admin/accounts/user/{cast.laundry.pk}/end-two-step/"
    support, administrator = Client(), Client()
    support.force_login(staff("support", cast.biller))
    assert support.post(page).status_code == 403
    assert not is_signed_in(sign_in())
    administrator.force_login(staff("administrator", cast.biller))
    assert "Be sure that it is this person" in administrator.get(page).content.decode()
    administrator.post(page)
    assert mail.outbox[-1].subject == "Two-step verification is off at Springfield Water"
    assert is_signed_in(sign_in())
    assert administrator.get(page).status_code == 403  # there is nothing to turn off


def test_staff_give_theirs_in_the_admin_alone(cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    SecondFactor.objects.create(user=clerk, key="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    client = Client()
    entered = {"username": clerk.email, "password": STAFF_PASSWORD}
    client.post("/admin/login/", entered)
    assert client.get(CODE)["Location"].startswith("/accounts/login/")
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
