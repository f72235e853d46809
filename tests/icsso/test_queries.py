"""Queries that are compiled to SQL once give the same SQL and rows as when compiled anew, whatever
was asked before."""

import re
import sys
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from accounts.invoice_cloud import context, sync
from accounts.linked_accounts import kept, listing
from accounts.login import backends
from accounts.models import LinkedAccount, Member, User
from icsso.billers import models as billers
from icsso.queries import MadeOnce
from payments.checkout import recent
from payments.postbacks import recording, services
from reminders import facts
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUID, OTHER_GUID = UUID(int=7), UUID(int=8)
ADDRESS = {"email": "ana@example.com", "biller_id": 3}
PAYMENTS = {"checkout_id": 7, "biller_id": 3, "payment_guid": GUID}
# Each with values of two requests.
EVERY: dict[str, tuple[MadeOnce[Any], dict[str, object], dict[str, object]]] = {
    "user": (backends._of_key, {"pk": 7}, {"pk": 8}),
    "member": (backends._of_address, ADDRESS, ADDRESS | {"biller_id": 4}),
    "staff": (backends._of_address, ADDRESS, ADDRESS | {"biller_id": None}),
    "biller": (billers._of_host, {"host": "water.example"}, {"host": "it's.example"}),
    "first page": (listing._first, {"member_id": 7}, {"member_id": 8}),
    "sums": (listing._sums(NOON.date(), frozenset()), {"member": 7}, {"member": 8}),
    "first account": (context._first, {"member_id": 7}, {"member_id": 8}),
    "account sync": (sync._all_here, {"member_id": 7}, {"member_id": 8}),
    "balances": (kept._balances_of, {"account_id": 7}, {"account_id": 8}),
    "visits": (kept._visits_to, {"accounts": [7]}, {"accounts": [8, 9]}),
    "visits to many": (kept._visits_to, {"accounts": [7]}, {"accounts": [*range(99)]}),
    "taken back": (
        facts._taken_back_of,
        {"accounts": [7, 8], "since": NOON},
        {"accounts": [8, 9], "since": NOON.replace(hour=13)},
    ),
    "paid": (
        recent._any_paid,
        {"biller_id": 3, "since": NOON, "accounts": [7]},
        {"biller_id": 3, "since": NOON, "accounts": LinkedAccount.objects.values("account")},
    ),
    "paid for a member": (
        recent._any_paid_of,
        {"biller_id": 3, "since": NOON, "member": 7},
        {"biller_id": 4, "since": NOON.replace(hour=13), "member": 8},
    ),
    "checkout": (
        services._parts_of,
        {"checkout__postback_digest": "a" * 64},
        {"checkout__postback_digest": "b" * 64},
    ),
    "lock": (services._locked, {"pk": 7}, {"pk": 8}),
    "postbacks": (services._received_of, {"checkout_id": 7}, {"checkout_id": 8}),
    "payments": (recording._known, PAYMENTS, PAYMENTS | {"payment_guid": OTHER_GUID}),
    "payments without a GUID": (recording._known, PAYMENTS, PAYMENTS | {"payment_guid": None}),
}


# Django puts what is no plain value between parentheses.
PUT_IN = re.compile(r"([=>]) \(([0-9]+|'[^()]*'(?:::[a-z]+)?)\)")


def sql(ask: Any, **values: object) -> str:
    with CaptureQueriesContext(connection) as captured:
        list(ask(**values))
    [query] = captured.captured_queries
    return PUT_IN.sub(r"\1 \2", query["sql"])


@pytest.mark.parametrize("name", EVERY)
def test_the_sql_is_what_django_makes(name: str) -> None:
    made, first, second = EVERY[name]
    for values in (first, second, first):
        assert sql(made, **values) == sql(made.compose, **values)


def test_each_asks_for_its_own_rows(cast: Cast) -> None:
    for member in (cast.laundry, cast.manager, cast.laundry):
        links = listing.first(member)
        assert links == list(member.all_links.order_by(*listing.BY_DUE_DATE)[: listing.ROWS])
        assert {link.member for link in links} == {member}
        assert all(link.account_id == link.account.pk for link in links)


def test_rows_are_not_kept(cast: Cast) -> None:
    [before] = listing.first(cast.laundry)
    LinkedAccount.objects.filter(pk=before.pk).update(nickname="Cabin")
    [after] = listing.first(cast.laundry)
    assert (before.nickname, after.nickname) == ("", "Cabin")


def test_threads_ask_on_their_own_connections() -> None:
    made, values, _ = EVERY["user"]
    made(**values)
    used: list[object] = []

    def ask() -> None:
        with CaptureQueriesContext(connection) as captured:
            made(**values)
        used.append(len(captured))
        connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert used == [1]


def test_no_connection_is_kept() -> None:
    made, values, _ = EVERY["user"]
    made(**values)
    assert all(each.compiler.connection is None for each in made._made.values())


def test_every_query_made_once_is_compared_here() -> None:
    ours = ("accounts.", "cis.", "icsso.", "payments.", "posting.", "reminders.", "support.")
    modules = [module for name, module in sys.modules.items() if name.startswith(ours)]
    made = {each for module in modules for each in vars(module).values() if _is_made(each)}
    assert made - {each for each, _, _ in EVERY.values()} == set()


def _is_made(value: object) -> bool:
    return isinstance(value, MadeOnce)


def test_a_name_that_would_filter_nothing_is_refused() -> None:
    with pytest.raises(TypeError):
        backends._of_key(pk=7, biller_id=3)


def test_a_list_with_nothing_in_it_is_composed_anew() -> None:
    others = MadeOnce(lambda pk: User.objects.exclude(pk__in=pk), pk=User._meta.pk)
    assert sql(others, pk=[1, None]) == sql(others.compose, pk=[1, None])


def test_a_query_that_changes_its_value_is_refused() -> None:
    """As `iexact` does on SQLite: the first request's value would stay."""
    email = User._meta.get_field("email")
    made = MadeOnce(lambda email: User.objects.filter(email=f"{email}"), email=email)
    with pytest.raises(TypeError):
        made(email="ana@example.com")


def test_rows_that_bring_others_are_refused() -> None:
    def with_links(pk: Any) -> Any:
        return Member.objects.filter(pk=pk).prefetch_related("links")

    with pytest.raises(TypeError):
        MadeOnce(with_links, pk=User._meta.pk)(pk=7)


@pytest.mark.production
@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_a_transaction() -> None:
    with transaction.atomic():
        services._locked(pk=7)
    with pytest.raises(TransactionManagementError):
        services._locked(pk=7)
