"""A member invites a helper, who sees and pays; both see who has access, and it ends at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Helper, LinkedAccount, Member
from icsso.billing import session
from payments.models import Checkout
from tests.accounts.helpers.helping import (
    PASSWORD,
    ROSA,
    client_of,
    helped,
    in_days,
    invited,
    row,
)
from tests.cast import Cast


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_somebody_new_accepts_with_a_password_and_sees_the_account(cast: Cast) -> None:
    link = invited(cast)
    rosa = Client()

    page = words(rosa, link)
    assert "l…@e….com</bdi> asks you to help" in page
    assert "Account ending in 0101" in page
    assert "12 Mill Street" not in page
    answer = rosa.post(link, {"password": PASSWORD})

    assert answer.status_code == 302
    home = words(rosa, "/")
    assert "Accounts you help with" in home
    assert "12 Mill Street" in home
    assert "10000101" not in home
    assert "laundry@example.com" not in home
    helper = Helper.objects.get()
    person = Member.objects.get(email=ROSA)
    assert (helper.person_id, helper.link_digest) == (person.pk, None)
    assert not LinkedAccount.objects.filter(member=person).exists()
    assert person.registered_at is None


def test_invoice_cloud_never_hears_of_somebody_who_only_helps(cast: Cast) -> None:
    rosa = Client()
    rosa.post(invited(cast), {"password": PASSWORD})
    billing = session.load(rosa.session)
    assert billing is not None
    assert billing.state == session.State.REFUSED
    assert billing.note == "You haven't linked an account yet."
    assert "You haven&#x27;t linked an account yet." in words(rosa, "/billing/bills/")


def test_a_member_accepts_signed_in(cast: Cast) -> None:
    link = invited(cast, email=cast.neighbour.email)
    assert "Sign in to accept" in words(Client(), link)
    neighbour = client_of(cast.neighbour)
    assert "You're invited to help" in words(neighbour, link)
    assert neighbour.post(link).status_code == 302
    assert Helper.objects.get().person == cast.neighbour
    assert "Accounts you help with" in words(neighbour, "/")


def test_a_member_accepts_without_the_link(cast: Cast) -> None:
    invited(cast, email=cast.neighbour.email)
    neighbour, helper = client_of(cast.neighbour), Helper.objects.get()
    assert "You're invited to help" in words(neighbour, "/accounts/helpers/")
    assert neighbour.post(f"/accounts/helpers/{helper.pk}/accept/").status_code == 302
    helper.refresh_from_db()
    assert helper.person == cast.neighbour


def test_both_see_who_has_access(cast: Cast) -> None:
    helped(cast)
    owners = words(client_of(cast.laundry), "/accounts/helpers/")
    assert "neighbour@example.com" in owners
    assert "Sees and pays until" in owners
    theirs = words(client_of(cast.neighbour), "/accounts/helpers/")
    assert "l…@e….com" in theirs
    assert "laundry@example.com" not in theirs


def test_a_helper_pays_without_any_token_and_the_owner_sees_it(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    helped(cast)
    sent = []
    monkeypatch.setattr(
        "payments.checkout.services._hosted_page",
        lambda checkout, request: sent.append(request) or "http://127.0.0.1:9/page",
    )
    monkeypatch.setattr(
        "payments.checkout.saved_methods.session.load",
        lambda _session: session.BillingSession(
            state=session.State.CONNECTED,
            token="theirs",
            expires_at=timezone.now() + timedelta(hours=1),
        ),
    )
    neighbour, account = client_of(cast.neighbour), cast.account("10000101")

    answer = neighbour.post("/pay/quick/", {"account": str(account.pk)})

    [request] = sent
    assert request.remote_authentication_token == ""
    [customer] = request.customers
    assert (customer.account_number, customer.name, customer.address) == ("10000101", None, None)
    assert request.create_customer_record is False
    checkout = Checkout.objects.get()
    assert checkout.member == cast.neighbour
    [part] = checkout.parts.all()
    assert (part.by_helper, part.on_behalf_of) == (True, cast.laundry)
    receipt = words(neighbour, answer["Location"] + "receipt/")
    assert "ending in 0101" in receipt
    assert "10000101" not in receipt
    neighbour.post("/pay/quick/", {"account": str(cast.account("10000102").pk)})
    assert sent[-1].remote_authentication_token == "theirs"  # for an account of their own


def test_ends_at_once(cast: Cast) -> None:
    helper, account = helped(cast), cast.account("10000101")
    neighbour = client_of(cast.neighbour)
    assert neighbour.get(f"/pay/helping/{account.pk}/").status_code == 200
    mail.outbox.clear()

    client_of(cast.laundry).post(f"/accounts/helpers/{helper.pk}/end/")

    assert neighbour.get(f"/pay/helping/{account.pk}/").status_code == 404
    assert "Accounts you help with" not in words(neighbour, "/")
    assert sorted(one.to[0] for one in mail.outbox) == [
        "laundry@example.com",
        "neighbour@example.com",
    ]


def test_a_helper_gives_it_up(cast: Cast) -> None:
    helper = helped(cast)
    neighbour = client_of(cast.neighbour)
    neighbour.post(f"/accounts/helpers/{helper.pk}/stop/")
    helper.refresh_from_db()
    assert helper.ended_by == "helper"
    assert "Accounts you help with" not in words(neighbour, "/")


def test_the_owner_changes_what_and_until_when(cast: Cast) -> None:
    helper = helped(cast)
    laundry = client_of(cast.laundry)
    assert "neighbour@example.com" in words(laundry, f"/accounts/helpers/{helper.pk}/")
    day = in_days(cast, 10)
    laundry.post(f"/accounts/helpers/{helper.pk}/", {"right": "view", "ends_on": day.isoformat()})
    helper.refresh_from_db()
    assert (helper.right, helper.ends_on) == ("view", day)


def test_every_act_is_in_the_audit_log(cast: Cast) -> None:
    rosa = Client()
    rosa.post(invited(cast), {"password": PASSWORD})
    rosa.get("/")
    rosa.get("/")
    laundry, helper = client_of(cast.laundry), Helper.objects.get()
    laundry.post(f"/accounts/helpers/{helper.pk}/", row(cast, right="view"))
    laundry.post(f"/accounts/helpers/{helper.pk}/end/")
    entries = LogEntry.objects.get_for_object(helper).order_by("timestamp")
    assert [entry.additional_data["event"] for entry in entries] == [
        "helper-invited",
        "helper-accepted",
        "helper-seen",
        "helper-changed",
        "helper-ended",
    ]
    assert not [entry for entry in entries if "@" in entry.object_repr]


def queries_of(cast: Cast, address: str) -> int:
    client = client_of(cast.neighbour)
    client.get(address)  # what is kept in the cache for all pages, and that it was seen
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("address", ["/", "/pay/helping/", "/accounts/helpers/", "/pay/quick/"])
def test_as_many_queries_for_one_account_as_for_many(cast: Cast, address: str) -> None:
    nobody = queries_of(cast, address)
    helped(cast, "10000201", owner=cast.manager)
    one = queries_of(cast, address)
    Helper.objects.all().delete()
    forty = cast.manager.links.values_list("account__account_number", flat=True)
    helped(cast, *forty, owner=cast.manager)
    helped(cast)
    assert queries_of(cast, address) == one
    assert nobody < one or address == "/accounts/helpers/"


def test_a_member_who_helps_nobody_is_asked_nothing(cast: Cast) -> None:
    client = client_of(cast.neighbour)
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert not [each for each in queries if "accounts_helper" in each["sql"]]


def test_all_accounts_of_now_can_be_chosen_at_once(cast: Cast) -> None:
    manager = client_of(cast.manager)
    assert "All my accounts (40)" in words(manager, "/accounts/helpers/invite/")
    manager.post("/accounts/helpers/invite/", row(cast, account="all"))
    assert Helper.objects.get().accounts.count() == 40


def test_one_account_is_chosen_on_its_page(cast: Cast) -> None:
    account = cast.account("10000205")
    manager = client_of(cast.manager)
    assert f"?account={account.pk}" in words(manager, f"/accounts/{account.pk}/")
    page = words(manager, f"/accounts/helpers/invite/?account={account.pk}")
    assert re.search(rf'value="{account.pk}"[^>]* checked', page)


def test_own_and_helped_accounts_are_paid_together_without_a_token(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    helped(cast)
    sent: list[Any] = []
    monkeypatch.setattr(
        "payments.checkout.services._hosted_page",
        lambda checkout, request: sent.append(request) or "http://127.0.0.1:9/page",
    )
    accounts = [str(cast.account(number).pk) for number in ("10000102", "10000101")]
    neighbour = client_of(cast.neighbour)
    page = neighbour.post("/pay/quick/", {"account": accounts}).content.decode()
    assert "Pay 2 accounts" in page
    assert "10000102" in page
    assert "10000101" not in page
    neighbour.post("/pay/quick/", {"account": accounts, "listed": "yes"})
    [request] = sent
    assert request.remote_authentication_token == ""
    names = [(each.account_number, each.name) for each in request.customers]
    assert names == [("10000102", "Ana Torres"), ("10000101", None)]
    parts = Checkout.objects.get().parts.values_list("by_helper", "on_behalf_of")
    assert list(parts) == [(False, None), (True, cast.laundry.pk)]
