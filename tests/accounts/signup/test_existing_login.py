"""Story 15: a login that Invoice Cloud already has becomes an online account here."""

import json
import re

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.invoice_cloud.sync import sync_accounts
from accounts.models import LinkedAccount, Member, Signup, UtilityAccount
from accounts.ratelimit import forget_attempts
from accounts.signup import existing_login
from icsso.billers.models import Biller
from icsso.billing.session import State, load
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.signup.bringing import EMAIL, LOGIN, PASSWORD, START, bring, brought, has_login
from tests.accounts.there import There
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast

GOOD = {"password": PASSWORD}
SHORT = "tin roof"
Origin = LinkedAccount.Origin


@pytest.fixture(autouse=True)
def _at_a_quick_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(existing_login, "PACE", 0.01)


def rosa() -> Member:
    return Member.objects.get(email=EMAIL)


def linked() -> dict[str, str]:
    rows = LinkedAccount.objects.filter(member__email=EMAIL)
    return dict(rows.values_list("account__account_number", "origin"))


def state(client: Client) -> State:
    billing = load(client.session)
    assert billing is not None
    return billing.state


def test_the_login_and_the_mailbox_make_a_member_with_all_accounts(
    there: There, cast: Cast, client: Client
) -> None:
    has_login(there)
    answer = bring(client, username=" Rosa@Example.com ")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/register/sent/")
    page = client.get("/accounts/register/sent/").content.decode()
    assert "We found 2 accounts" in page
    assert "ending in 0103<br>" in page  # an address of its own line breaks nowhere on a phone
    assert "16 Mill Street" in page
    assert "George Lindqvist" not in page
    assert not Member.objects.filter(email=EMAIL).exists()  # only with the link
    assert there.operations() == ["remote_authentication", "retrieve_user_accounts"]

    link = link_in(mail.outbox[-1])
    assert link.startswith(START)
    assert "Enter your password to finish" in client.get(link).content.decode()
    dashboard = client.post(link, GOOD, follow=True)

    assert dashboard.redirect_chain == [("/", 302)]
    assert "Welcome! Your 2 accounts are linked." in dashboard.content.decode()
    assert linked() == dict.fromkeys(("10000103", "10000104"), Origin.INVOICE_CLOUD)
    assert rosa().links.get(is_first=True).account.account_number == "10000103"
    assert rosa().check_password(PASSWORD)
    assert there.has_password(EMAIL, PASSWORD)
    assert rosa().registered_at is not None
    assert state(client) == State.CONNECTED
    assert "register_accounts" not in there.operations()


def test_the_offer_stands_on_both_pages(cast: Cast, client: Client) -> None:
    for page in ("/accounts/login/", "/accounts/register/"):
        assert f'<a href="{START}">Use that login</a>' in client.get(page).content.decode()
    assert client.get(START).status_code == 200


def test_a_biller_can_turn_it_off(there: There, cast: Cast, client: Client) -> None:
    has_login(there)
    link = brought(client)
    Biller.objects.update(offers_existing_login=False)
    for page in ("/accounts/login/", "/accounts/register/"):
        assert START not in client.get(page).content.decode()
    assert client.get(START).status_code == 404
    there.calls()
    assert bring(client).status_code == 404
    assert client.get(link).status_code == 404
    assert client.post(link, GOOD).status_code == 404
    assert client.get("/accounts/register/sent/")["Location"] == "/accounts/register/"
    assert there.operations() == []
    assert not Member.objects.filter(email=EMAIL).exists()


def test_a_member_has_no_use_for_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.laundry)
    assert client.get(START)["Location"] == "/"


def test_no_password_is_stored_between_the_two_steps(
    there: There, cast: Cast, client: Client
) -> None:
    has_login(there)
    with CaptureQueriesContext(connection) as queries:
        link = brought(client)
    assert queries
    assert not [query["sql"] for query in queries if PASSWORD in query["sql"]]
    assert PASSWORD not in json.dumps(dict(client.session))
    [asked] = Signup.objects.all()
    assert (asked.kind, asked.password, asked.account) == (Signup.Kind.EXISTING_LOGIN, "", None)
    assert asked.link_digest not in link
    assert PASSWORD not in client.get(link).content.decode()


def test_thousands_of_accounts_are_counted_and_ten_shown(
    there: There, cast: Cast, client: Client
) -> None:
    numbers = [f"3{n:07}" for n in range(1200)]
    there.add_customers(*({"account_number": number, "name": "Maple"} for number in numbers))
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=number, name="Maple")
        for number in numbers
    )
    has_login(there, *numbers)
    bring(client)
    page = client.get("/accounts/register/sent/").content.decode()
    assert "We found 1,200 accounts" in page
    assert page.count("<li>Account ending in") == 10
    assert "and 1,190 more" in page
    client.post(link_in(mail.outbox[-1]), GOOD)
    assert rosa().links.count() == 1200
    assert rosa().links.filter(is_first=True).count() == 1


def test_only_open_accounts_of_this_biller_are_linked(
    there: There, cast: Cast, client: Client
) -> None:
    """Another utility of the installation has an account with a number that is listed here."""
    there.add_customers({"account_number": "20000001", "name": "Rosa Delgado"})
    theirs = people.other_biller().accounts.create(account_number="20000001", name="Rosa Delgado")
    cast.biller.accounts.filter(account_number="10000103").update(closed_at=timezone.now())
    has_login(there, "10000103", "10000104", "20000001")
    link = brought(client)
    page = client.get("/accounts/register/sent/").content.decode()
    assert re.search(r"We found 1 account\s*<", page)
    client.post(link, GOOD)
    assert not theirs.links.exists()
    assert "10000104" in linked()
    assert rosa().links.get(is_first=True).account.account_number == "10000104"
    assert list(rosa().unknown_accounts.values_list("account_number", flat=True)) == ["20000001"]


def test_a_members_address_gets_a_mail_saying_so_and_the_same_page(
    there: There, cast: Cast, client: Client
) -> None:
    """Whatever password the member has here: Invoice Cloud has only checked its own."""
    pages = []
    there.forget(LAUNDRY_EMAIL)
    for email in (LAUNDRY_EMAIL, "nobody0@example.com"):
        there.register(email, PASSWORD, "10000104")
        visitor = Client()
        visitor.post(START, {"username": email, "password": PASSWORD})
        page = visitor.get("/accounts/register/sent/")
        html = page.content.decode().replace(email, "").replace(page["X-Request-ID"], "")
        pages.append(html.replace(str(page.context["csrf_token"]), ""))
        there.forget(email)
    assert pages[0] == pages[1]
    known, new = mail.outbox
    assert "but you already have one" in str(known.body)
    assert START not in str(known.body)
    assert START in str(new.body)
    cast.laundry.refresh_from_db()
    assert cast.laundry.check_password(LAUNDRY_PASSWORD)
    assert cast.laundry.links.count() == 1


def test_the_link_asks_invoice_cloud_again(there: There, cast: Cast, client: Client) -> None:
    has_login(there)
    link = brought(client)
    has_login(there, password="changed there since")
    page = client.post(link, GOOD).content.decode()
    assert "find an account here with that email and password" in page
    assert not Member.objects.filter(email=EMAIL).exists()
    assert client.post(link, {"password": "changed there since"}).status_code == 302
    assert rosa().check_password("changed there since")


def test_invoice_cloud_away_leaves_the_link_as_it_is(
    there: There, cast: Cast, client: Client
) -> None:
    has_login(there)
    link = brought(client)
    for operation in ("remote_authentication", "retrieve_user_accounts"):
        there.fault(operation, "unavailable")
        page = client.post(link, GOOD)
        assert "check your login right now" in page.content.decode()
        assert not Member.objects.filter(email=EMAIL).exists()
        there.heal()
    assert client.post(link, GOOD).status_code == 302


def test_invoice_cloud_gone_after_the_member_was_made_is_made_good_at_the_next_sign_in(
    there: There, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_login(there)
    link = brought(client)
    finish = existing_login.finish

    def and_then_away(*args: object, **kwargs: object) -> Member:
        member = finish(*args, **kwargs)  # type: ignore[arg-type]
        there.fault("*", "unavailable")
        return member

    monkeypatch.setattr(existing_login, "finish", and_then_away)
    assert client.post(link, GOOD).status_code == 302
    assert state(client) == State.AWAY
    there.heal()
    again = Client()
    again.post("/accounts/login/", LOGIN)
    assert state(again) == State.CONNECTED


def test_the_link_works_once_and_for_24_hours(
    there: There, cast: Cast, client: Client, settings: Settings
) -> None:
    has_login(there)
    link = brought(client)
    Signup.objects.update(link_sent_at=timezone.now() - Signup.LIFE)
    assert client.post(link, GOOD).status_code == 410
    forget_attempts()  # a minute later
    page = Client().post("/accounts/register/again/", {"link": link.split("/")[3]}, follow=True)
    assert "We sent you a new email." in page.content.decode()
    renewed = link_in(mail.outbox.pop())
    assert renewed.startswith(START)
    assert client.post(renewed, GOOD).status_code == 302
    page = Client().post(renewed, GOOD)
    assert page.status_code == 410
    assert "This link has already been used" in page.content.decode()
    assert Member.objects.filter(email=EMAIL).count() == 1


def test_neither_kind_of_link_opens_the_others_page(
    there: There, cast: Cast, client: Client
) -> None:
    """A sign-up with proof has chosen its password, which is not to be checked elsewhere."""
    has_login(there)
    secret = brought(client).split("/")[3]
    assert client.post(f"/accounts/finish/{secret}/", {"password": ""}).status_code == 410
    form = {"account_number": "10000102", "name": "Ana Torres", "email": "ana@example.com"}
    Client().post("/accounts/register/", form | GOOD)
    secret = link_in(mail.outbox.pop()).split("/")[3]
    assert client.get(f"{START}{secret}/").status_code == 410


def test_a_link_of_another_biller_is_unknown(there: There, cast: Cast, client: Client) -> None:
    has_login(there)
    link = brought(client)
    people.other_biller()
    assert client.get(link, headers={"host": "power.localhost"}).status_code == 410


def test_an_address_that_became_a_members_meanwhile_is_sent_to_sign_in(
    there: There, cast: Cast, client: Client
) -> None:
    has_login(there)
    link = brought(client)
    people.member(cast.biller, EMAIL, "another password of hers")
    page = client.post(link, GOOD)
    assert page.status_code == 409
    assert "You already have an online account" in page.content.decode()
    assert linked() == {}
    assert Signup.objects.get().finished_at is None


def test_a_password_too_short_for_the_portal_is_replaced_on_both_sides(
    there: There, cast: Cast, client: Client
) -> None:
    has_login(there, password=SHORT)
    link = brought(client, password=SHORT)
    choose = client.post(link, {"password": SHORT}, follow=True)
    assert choose.redirect_chain[0][0].startswith("/accounts/password-reset/")
    assert "so choose a new one" in choose.content.decode()
    assert len(linked()) == 2
    assert not rosa().has_usable_password()
    assert "_auth_user_id" not in client.session
    page = client.post(choose.redirect_chain[0][0], {"password": SHORT}).content.decode()
    assert "at least 12 characters" in page
    assert client.post(choose.redirect_chain[0][0], GOOD).status_code == 302
    assert state(client) == State.CONNECTED
    assert rosa().check_password(PASSWORD)
    assert there.has_password(EMAIL, PASSWORD)


def test_who_leaves_without_a_new_password_gets_a_link_for_one(
    there: There, cast: Cast, client: Client
) -> None:
    has_login(there, password=SHORT)
    client.post(brought(client, password=SHORT), {"password": SHORT})
    page = Client().post("/accounts/login/", {"username": EMAIL, "password": SHORT})
    assert "reset your password" in page.content.decode()
    client.post("/accounts/password-reset/", {"email": EMAIL})
    assert client.post(link_in(mail.outbox.pop()), GOOD).status_code == 302
    assert there.has_password(EMAIL, PASSWORD)
    assert client.post("/accounts/login/", LOGIN).status_code == 302


def test_a_biller_can_demand_the_proof_as_well(there: There, cast: Cast, client: Client) -> None:
    Biller.objects.update(listed_accounts_need_proof=True)
    has_login(there)
    link = brought(client)
    page = client.get("/accounts/register/sent/").content.decode()
    assert "Have a bill handy" in page
    there.calls()
    proof = {"account_number": "10000104", "name": "Ana Torres"}
    page = client.post(link, GOOD | proof).content.decode()
    assert "find an account that matches" in page
    assert "at least" not in client.post(link, GOOD).content.decode()
    assert there.operations() == []
    assert not Member.objects.filter(email=EMAIL).exists()

    dashboard = client.post(link, GOOD | proof | {"name": "Rosa Delgado"}, follow=True)
    assert "To see your other accounts here" in dashboard.content.decode()
    assert linked() == {"10000104": Origin.PROOF}  # the other one only with its own proof
    assert state(client) == State.CONNECTED
    assert rosa().links.get().state == LinkedAccount.State.REGISTERED
    sync_accounts(rosa(), PASSWORD)
    assert linked() == {"10000104": Origin.PROOF}


def test_without_that_a_sign_in_links_what_is_listed_and_says_how(
    there: There, cast: Cast, client: Client
) -> None:
    there.register(LAUNDRY_EMAIL, LAUNDRY_PASSWORD, "10000101", "10000104")
    client.post("/accounts/login/", {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD})
    origins = cast.laundry.links.values_list("account__account_number", "origin")
    assert dict(origins) == {"10000101": Origin.PROOF, "10000104": Origin.INVOICE_CLOUD}


def test_staff_see_how_the_member_and_each_link_came_about(
    there: There, cast: Cast, client: Client, admin_client: Client
) -> None:
    has_login(there)
    client.post(brought(client), GOOD)
    page = admin_client.get(f"/admin/accounts/member/{rosa().pk}/change/").content.decode()
    assert "existing Invoice Cloud login" in page
    assert page.count("listed by Invoice Cloud under the confirmed email") == 2
    entry = LogEntry.objects.get(additional_data__event="existing-login")
    assert entry.object_pk == str(rosa().pk)
    rows = admin_client.get("/admin/accounts/signup/?kind__exact=existing").content.decode()
    assert EMAIL in rows.replace("<wbr>", "")
    listed = "/admin/accounts/linkedaccount/?origin__exact="
    assert "10000104" in admin_client.get(f"{listed}invoice_cloud").content.decode()
    assert "10000104" not in admin_client.get(f"{listed}proof").content.decode()
