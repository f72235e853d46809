"""Lists of the admin with millions of rows: the database answers what they ask from an index."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, UtilityAccount
from backoffice import large_lists
from icsso.billers.models import Biller
from payments.models import Checkout, CheckoutAccount, Payment, Postback
from payments.search.services import search
from tests.cast import Cast, other_biller, staff
from tests.payments.paying import GUID, opened, postback_fields, send_postback

LATEST = datetime(2026, 11, 25, tzinfo=UTC)  # a row a minute before that
DAY = "2026-11-23+00:00:00Z"
# What one biller of twenty has must fill more than a page, or PostgreSQL sorts the whole of it.
ROWS = 6000
UNIQUE = ("visitor", "address", "biller_reference", "postback_digest", "return_digest")
PAYMENTS, CHECKOUTS, POSTBACKS, ACCOUNTS = (
    "/admin/payments/payment/",
    "/admin/payments/checkout/",
    "/admin/payments/postback/",
    "/admin/accounts/utilityaccount/",
)
# SQLite names the index of a constraint itself, and of a partial one it sees less.
ONE_ACCOUNT, UNCONFIRMED = (
    ("one_account_per_number", "checkouts_unconfirmed")
    if connection.vendor == "postgresql"
    else ("sqlite_autoindex_accounts_utilityaccount_1", "payments_checkout_created_at")
)
# What is asked, and what the plan of the query that finds the rows must name.
OF_ALL = [
    (PAYMENTS, "payments_by_day"),
    (f"{PAYMENTS}?paid_at__gte={DAY}&paid_at__lt={DAY}", "payments_by_day"),
    (f"{PAYMENTS}?q=10000101", "payments_of_account|payments_payment_account_id"),
    (f"{PAYMENTS}?q={GUID}", "payments_by_guid"),
    (CHECKOUTS, "payments_checkout_created_at"),
    (
        f"{CHECKOUTS}?created_at__gte={DAY}&created_at__lt={DAY}",
        "payments_checkout_created_at",
    ),
    # Their keys are looked up first, by the index of an account's checkouts.
    (f"{CHECKOUTS}?q=10000101", "PRIMARY KEY|payments_checkout_pkey"),
    (f"{CHECKOUTS}?unconfirmed_at__isempty=0", UNCONFIRMED),
    (POSTBACKS, "payments_postback_received_at"),
    (
        f"{POSTBACKS}?received_at__gte={DAY}&received_at__lt={DAY}",
        "payments_postback_received_at",
    ),
    (f"{POSTBACKS}?q=10000101", "payments_postback_checkout_id"),
    (f"{POSTBACKS}?verdict__exact=review", "postbacks_for_review"),
    (ACCOUNTS, ONE_ACCOUNT),
]
# Of so short a time PostgreSQL may as well read the rows of all billers as those of this one.
OF_ONE_BILLER = [
    (PAYMENTS, "payments_of_biller"),
    (f"{PAYMENTS}?paid_at__gte={DAY}&paid_at__lt={DAY}", "payments_of_biller|payments_by_day"),
    (POSTBACKS, "payments_postback_(checkout_id|received_at|pkey)"),
    (
        f"{POSTBACKS}?received_at__gte={DAY}&received_at__lt={DAY}",
        "payments_postback_received_at",
    ),
    (f"{POSTBACKS}?q=10000101", "payments_postback_checkout_id"),
    (CHECKOUTS, "checkouts_of_biller"),
    (
        f"{CHECKOUTS}?created_at__gte={DAY}&created_at__lt={DAY}",
        "checkouts_of_biller|payments_checkout_created_at",
    ),
    (ACCOUNTS, ONE_ACCOUNT),
]


@pytest.fixture
def rows(cast: Cast) -> Cast:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    other_biller()
    return cast


@pytest.fixture
def many(rows: Cast) -> Cast:
    """Enough for a database to prefer an index: one in twenty is this biller's."""
    billers = [rows.biller, *[Biller.objects.get(slug="shelbyville-power")] * 19]
    accounts = UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=billers[number % 20], account_number=f"3{number:07}", name="Customer")
        for number in range(ROWS)
    )
    checkouts = Checkout.objects.bulk_create(
        Checkout(
            biller=account.biller,
            kind=Checkout.Kind.GUEST,
            is_current=False,
            **{name: f"{name}-{number}" for name in UNIQUE},
            created_at=LATEST - timedelta(minutes=number),
            unconfirmed_at=None if number % 100 else LATEST,
        )
        for number, account in enumerate(accounts)
    )
    CheckoutAccount.objects.bulk_create(
        CheckoutAccount(checkout=checkout, account=account, position=0)
        for checkout, account in zip(checkouts, accounts, strict=True)
    )
    Payment.objects.bulk_create(
        Payment(
            biller=checkout.biller,
            account=account,
            checkout=checkout,
            payment_guid=uuid4(),
            paid_at=checkout.created_at,
        )
        for checkout, account in zip(checkouts, accounts, strict=True)
    )
    Postback.objects.bulk_create(
        Postback(
            checkout=checkout,
            account=accounts[number],
            received_at=checkout.created_at,
            fields={},
            content_digest="",
            payment_guid=uuid4(),
            verdict="approved" if number % 100 else "review",
        )
        for number, checkout in enumerate(checkouts)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return rows


def plans(client: Client, address: str) -> str:
    """How the database goes about finding the rows of this page."""
    table = "_".join(address.split("/")[2:4])
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    asked = [query["sql"] for query in made if f'FROM "{table}"' in query["sql"]]
    return "\n".join(plan(sql) for sql in asked if "COUNT(" not in sql)


def plan(sql: str) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Tables of a few pages it would rather read through, whatever indexes there are; by
            # how much depends on the rows that earlier tests left there.
            for way in ("seqscan", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def unanswered(client: Client, expected: list[tuple[str, str]]) -> dict[str, str]:
    """The addresses whose plan does not name the index it should, with their plans."""
    found = {address: (index, plans(client, address)) for address, index in expected}
    return {address: plan for address, (index, plan) in found.items() if not re.search(index, plan)}


# One test: making so many rows takes seconds.
def test_an_index_answers_what_is_asked_of_many_rows(client: Client, many: Cast) -> None:
    root = User.objects.create_superuser("operator@example.com", "x")
    client.force_login(root)
    of_all = unanswered(client, OF_ALL)
    client.force_login(staff("administrator", many.biller))
    assert (of_all, unanswered(client, OF_ONE_BILLER)) == ({}, {})
    check_the_beginning_of_an_account_number(client)
    check_an_account_in_any_spelling(many)
    check_postbacks_about_a_payment(many)


def check_the_beginning_of_an_account_number(client: Client) -> None:
    address = f"{ACCOUNTS}?q=1000020"
    page = client.get(address).content.decode()
    assert "10000201" in page
    assert "10000101" not in page
    # SQLite, a developer's database, reads through the biller's accounts for that.
    wanted = "accounts_by_number" if connection.vendor == "postgresql" else "account"
    assert wanted in plans(client, address)


def check_an_account_in_any_spelling(many: Cast) -> None:
    # What a person types, what a system lists, and what a file of the CIS contains.
    for ask in (
        lambda: many.biller.accounts.for_number("Acct 300-00020"),
        lambda: many.biller.accounts.for_numbers([f"03{number:07}" for number in (20, 40, 60)]),
    ):
        with CaptureQueriesContext(connection) as made:
            assert ask()
        assert "accounts_by_key" in plan(made[0]["sql"])


def check_postbacks_about_a_payment(many: Cast) -> None:
    named = Postback.objects.filter(checkout__biller=many.biller).latest("pk")
    with CaptureQueriesContext(connection) as made:
        found = search(str(named.payment_guid), Biller.objects.filter(pk=many.biller.pk))
        assert list(found.checkouts) == [named.checkout]
    asked = [query["sql"] for query in made if "DISTINCT" in query["sql"]]
    assert "postbacks_by_guid" in "\n".join(plan(sql) for sql in asked)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (f"{PAYMENTS}?q=10000101", True),
        (f"{PAYMENTS}?q=1000010", False),
        (f"{PAYMENTS}?q=Acct+1000-0101", True),
        (f"{CHECKOUTS}?q=0010000101", True),
        (f"{ACCOUNTS}?q=1000-0101", True),
        (f"{ACCOUNTS}?q=0010000101", True),
        (f"{ACCOUNTS}?q=001000010", False),
        (f"{ACCOUNTS}?q=---", False),
        ("/admin/accounts/member/?q=1000-0101", True),
        (f"{PAYMENTS}?q={GUID}", True),
        (f"{PAYMENTS}?q={GUID.upper()}", True),
        (f"{PAYMENTS}?q={UUID(int=7)}", False),
        (f"{CHECKOUTS}?q=10000101", True),
        (f"{CHECKOUTS}?q=10000102", False),
        (f"{POSTBACKS}?q=10000101", True),
        (f"{POSTBACKS}?q=nobody", False),
        (f"{ACCOUNTS}?q=Willows", True),
        ("/admin/accounts/member/?q=LAUNDRY@example.com", True),
        ("/admin/accounts/member/?q=10000101", True),
        ("/admin/accounts/linkedaccount/?q=laundry@example.com", True),
        ("/admin/accounts/linkedaccount/?q=%00", False),
    ],
)
def test_a_search_finds_what_was_typed_whole(
    client: Client, rows: Cast, address: str, found: bool
) -> None:
    root = User.objects.create_superuser("operator@example.com", "x")
    client.force_login(root)
    page = client.get(address).content.decode()
    assert ('class="paginator"' in page) is True
    assert ("\n1 " in page.replace("  ", "")) is found, page[-1500:]


def test_nothing_of_another_biller_is_found(client: Client, rows: Cast) -> None:
    client.force_login(staff("finance", Biller.objects.get(slug="shelbyville-power")))
    for address in (PAYMENTS, CHECKOUTS, POSTBACKS, ACCOUNTS):
        assert "10000101</" not in client.get(f"{address}?q=10000101").content.decode()


def test_of_very_many_rows_the_first_are_counted(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_lists, "MOST_COUNTED", 20)
    monkeypatch.setattr(large_lists.BoundedPaginator, "most_counted", 20)
    root = User.objects.create_superuser("operator@example.com", "x")
    client.force_login(root)
    assert UtilityAccount.objects.count() > 20
    page = client.get(ACCOUNTS).content.decode()
    assert "20 utility accounts" in page
    assert "There may be more" in page
    few = client.get(f"{ACCOUNTS}?q=100001").content.decode()
    assert "There may be more" not in few


def test_the_newest_stand_first(client: Client, cast: Cast) -> None:
    root = User.objects.create_superuser("operator@example.com", "x")
    client.force_login(root)
    for minutes in (50, 10, 30):
        checkout = opened(cast, minutes_ago=minutes)
        send_postback(Client(), checkout, postback_fields(checkout, Approved="False"))
        checkout.postbacks.update(received_at=timezone.now() - timedelta(minutes=minutes))
    for address, field in ((CHECKOUTS, "created_at"), (POSTBACKS, "received_at")):
        shown = client.get(address).context["cl"].result_list
        moments = [getattr(row, field) for row in shown]
        assert moments == sorted(moments, reverse=True)
