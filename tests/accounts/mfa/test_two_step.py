"""Two-step verification: where it is on, the password alone opens nothing."""

import re

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from accounts import ratelimit
from accounts.models import User
from accounts.models.second_factor import RECOVERY_CODES, RecoveryCode, SecondFactor
from accounts.models.sign_in import SignIn
from backoffice.audit.events import Event
from tests import cast as people
from tests.accounts.codes import (
    CODE,
    GOOD,
    NEW,
    PASSWORD,
    is_signed_in,
    right_code,
    sign_in,
    turn_on,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import STAFF_PASSWORD, Cast, staff
from tests.journeys.pages.test_every_page import addresses
from tests.payments.paying import members


def test_turned_on_it_is_asked_for_at_the_next_sign_in(there: There, cast: Cast) -> None:
    client = sign_in()
    assert len(turn_on(client)) == RECOVERY_CODES
    assert is_signed_in(client)
    assert mail.outbox[-1].to == [people.LAUNDRY_EMAIL]
    assert mail.outbox[-1].subject == "Two-step verification is on at Springfield Water"

    client = Client()
    answer = client.post("/accounts/login/?next=/billing/bills/", GOOD)
    assert answer["Location"] == f"{CODE}?next=%2Fbilling%2Fbills%2F"
    assert not is_signed_in(client)
    before = client.session.session_key
    answer = client.post(answer["Location"], {"code": right_code(cast.laundry)})
    assert answer["Location"] == "/billing/bills/"
    assert client.session.session_key != before
    # The password was given once: billing was connected with it after the code.
    assert client.get("/billing/bills/").status_code == 200


def test_where_one_is_signed_in_is_still_shown(codes: list[str], cast: Cast) -> None:
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    assert SignIn.objects.filter(pk=client.session.session_key, member=cast.laundry).exists()
    assert client.get("/accounts/sign-in/").content.decode().count("This device") == 1


def test_between_password_and_code_nobody_is_signed_in(codes: list[str], cast: Cast) -> None:
    """Every address answers as it does to a stranger; three lead to the page of the code."""
    checkout = members(cast, "10000101")
    knows_the_password, stranger = sign_in(), Client()
    doors = {"/", "/accounts/login/", CODE}
    for address in addresses(get_resolver().url_patterns):
        path = address.replace("<int:pk>", str(cast.account("10000101").pk))
        path = re.sub(r"<.*?>", "x", path.replace("<slug:address>", checkout.address))
        if path in doors or path == "/accounts/logout/":
            continue
        for method in ("get", "post"):
            answer = getattr(knows_the_password, method)(path)
            expected = getattr(stranger, method)(path)
            assert answer.status_code == expected.status_code, (method, path)
            assert answer.get("Location") == expected.get("Location"), (method, path)
            assert people.LAUNDRY_EMAIL not in answer.content.decode(), (method, path)
    assert knows_the_password.get("/")["Location"] == f"{CODE}?next=%2F"
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


def test_signing_in_again_asks_again(codes: list[str], cast: Cast) -> None:
    """A code belongs to one sign-in, also in a browser where one was given."""
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    client.post("/accounts/login/", GOOD)
    assert not is_signed_in(client)
    assert client.get("/")["Location"] == f"{CODE}?next=%2F"


def test_a_code_lets_in_once(codes: list[str], cast: Cast) -> None:
    code = right_code(cast.laundry)
    first, second = sign_in(), sign_in()
    assert first.post(CODE, {"code": code}).status_code == 302
    assert "or was already used" in second.post(CODE, {"code": code}).content.decode()
    assert not is_signed_in(second)


def test_a_recovery_code_lets_in_once_and_is_told(codes: list[str], cast: Cast) -> None:
    first, second = sign_in(), sign_in()
    first.post(CODE, {"code": codes[0].upper().replace("-", " ")})
    assert mail.outbox[-1].subject == "A recovery code was used at Springfield Water"
    second.post(CODE, {"code": codes[0]})
    assert is_signed_in(first)
    assert not is_signed_in(second)
    entries = LogEntry.objects.filter(object_pk=str(cast.laundry.pk)).order_by("pk")
    told = [entry.additional_data.get("event") for entry in entries]
    assert told[-2:] == [Event.RECOVERED, Event.WRONG_CODE]


def test_codes_are_not_guessed_and_the_owner_is_told_once(codes: list[str]) -> None:
    client = sign_in()
    mail.outbox.clear()
    answers = [client.post(CODE, {"code": "a" * 16}).status_code for _try in range(11)]
    assert answers == [200] * 10 + [429]
    # The pending login is over, and the next one has to wait as well.
    assert client.post(CODE, {"code": codes[0]})["Location"].startswith("/accounts/login/")
    client.post("/accounts/login/", GOOD)
    assert client.post(CODE, {"code": codes[0]}).status_code == 429
    assert [message.subject for message in mail.outbox] == [
        "Wrong codes at Springfield Water: does someone know your password?"
    ]
    assert link_in(mail.outbox[0]) == "/accounts/password-reset/?language=en"


def test_codes_are_not_guessed_all_day_and_the_owner_elsewhere_signs_in(
    codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = ratelimit.Limit("1000/minute", "1000/minute", "1000/minute")
    monkeypatch.setitem(ratelimit.LIMITS, "second_factor", free)  # type: ignore[arg-type]
    client = sign_in()
    answers = [client.post(CODE, {"code": "a" * 16}).status_code for _try in range(41)]
    assert answers == [200] * 40 + [429]
    owner = Client(REMOTE_ADDR="203.0.113.99")
    owner.post("/accounts/login/", GOOD)
    owner.post(CODE, {"code": codes[0]})
    assert is_signed_in(owner)


def test_four_wrong_codes_are_told_to_nobody(codes: list[str]) -> None:
    client = sign_in()
    mail.outbox.clear()
    for _try in range(4):
        client.post(CODE, {"code": "a" * 16})
    assert mail.outbox == []


def test_a_wrong_code_is_refused_while_the_cache_is_emptied(
    codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, add = sign_in(), cache.add

    def emptied(key: str, *others: object) -> bool:
        kept = bool(add(key, *others))
        if key.startswith("wrong-codes:"):
            cache.delete(key)
        return kept

    monkeypatch.setattr(cache, "add", emptied)
    assert client.post(CODE, {"code": "a" * 16}).status_code == 200
    assert client.post(CODE, {"code": codes[0]}).status_code == 302


@pytest.mark.parametrize("places", [1, 2])
def test_support_lets_the_owner_try_again(codes: list[str], cast: Cast, places: int) -> None:
    def give(code: str, address: str) -> int:
        client = Client(REMOTE_ADDR=address)
        client.post("/accounts/login/", GOOD)
        return client.post(CODE, {"code": code}).status_code

    for number in range(10 * places):
        give("a" * 16, f"203.0.113.{number % places}")
    assert give(codes[0], "203.0.113.0") == 429
    support = Client()
    support.force_login(staff("support", cast.biller))
    support.post(f"/admin/accounts/member/{cast.laundry.pk}/unlock/")
    assert give(codes[0], "203.0.113.0") == 302


def test_leads_nowhere_else(codes: list[str]) -> None:
    client = sign_in()
    answer = client.post(f"{CODE}?next=https://elsewhere.example/", {"code": codes[0]})
    assert answer["Location"] == "/"


def test_other_browsers_are_asked_as_soon_as_it_is_on(there: There, cast: Cast) -> None:
    """They have to sign in anew: there is no session in which only the code is missing."""
    here, elsewhere = sign_in(), sign_in()
    assert is_signed_in(elsewhere)
    turn_on(here)
    assert SignIn.objects.get().pk == here.session.session_key
    assert not is_signed_in(elsewhere)
    assert is_signed_in(here)
    elsewhere.post("/accounts/login/", GOOD)
    assert elsewhere.get("/")["Location"] == f"{CODE}?next=%2F"


def test_a_mailbox_is_no_way_round(codes: list[str]) -> None:
    client = Client()
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    link = link_in(mail.outbox[-1])
    client.get(link)
    answer = client.post(link, {"password": NEW}, follow=True)
    assert answer.request["PATH_INFO"] == CODE
    assert "You are signed in" not in answer.content.decode()
    assert not is_signed_in(client)
    client.post(CODE, {"code": codes[0]})
    assert is_signed_in(client)


def test_a_new_password_asks_for_no_code_where_one_was_given(codes: list[str]) -> None:
    here, elsewhere = sign_in(), sign_in()
    here.post(CODE, {"code": codes[0]})
    elsewhere.post(CODE, {"code": codes[1]})
    form = {"current": PASSWORD, "password": NEW}
    page = here.post("/accounts/sign-in/password/", form, follow=True).content.decode()
    assert "Your password was changed." in page
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert elsewhere.get("/").status_code == 200  # signed out: not between two steps


def test_the_page_speaks_the_members_language(codes: list[str], cast: Cast) -> None:
    User.objects.filter(pk=cast.laundry.pk).update(language="es")
    assert '<html lang="es"' in sign_in().get(CODE).content.decode()


def test_a_member_without_it_costs_no_query_more(there: There, cast: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        client = sign_in()
        client.get("/accounts/")
    asked = [query["sql"] for query in queries if "accounts_secondfactor" in query["sql"]]
    assert asked
    for statement in asked:
        assert "accounts_user" in statement
        assert '"key"' not in statement.split(" FROM ")[0]


def test_a_page_without_a_session_sets_no_cookie(codes: list[str]) -> None:
    """Also where two-step verification was turned off in another browser meanwhile."""
    client = sign_in()
    client.post(CODE, {"code": codes[0]})
    SecondFactor.objects.all().delete()
    assert not client.get("/pay/return/x/").cookies


def test_staff_give_theirs_in_the_admin_alone(cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    SecondFactor.objects.create(user=clerk, key="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    client = Client()
    entered = {"username": clerk.email, "password": STAFF_PASSWORD}
    client.post("/admin/login/", entered)
    assert client.get(CODE)["Location"].startswith("/accounts/login/")
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
