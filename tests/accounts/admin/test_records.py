"""The people and accounts in Django's admin."""

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.invoice_cloud.sync import sync_accounts
from accounts.models import LinkedAccount, Signup, UnknownAccount, User
from accounts.models.credential_change import CredentialChange, Kind
from tests.accounts.there import There
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, other_biller, staff

PAGES = (
    "member",
    "staffuser",
    "utilityaccount",
    "linkedaccount",
    "unlinkedaccount",
    "unknownaccount",
    "accountsync",
    "signup",
    "credentialchange",
)


@pytest.fixture
def operator(client: Client, cast: Cast) -> Client:
    user = User.objects.create_superuser("operator@example.com", "quiet lanterns along the pier")
    client.force_login(user)
    return client


@pytest.fixture
def records(cast: Cast) -> Cast:
    """One of everything."""
    account = cast.account("10000104")
    Signup.objects.create(
        biller=cast.biller,
        account=account,
        email="rosa@example.com",
        password="argon2$a-hash-nobody-may-see",
        link_digest="a-registration-digest-nobody-may-see",
    )
    CredentialChange.objects.create(
        member=cast.laundry,
        kind=Kind.RESET,
        link_digest="a-change-digest-nobody-may-see",
    )
    UnknownAccount.objects.create(member=cast.laundry, account_number="55555")
    cast.laundry.account_syncs.create(failure="register_accounts: the response timed out")
    cast.laundry.unlinked_accounts.create(account=account)
    return cast


@pytest.mark.parametrize("page", PAGES)
def test_every_list_is_searched_in_few_queries(operator: Client, records: Cast, page: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = operator.get(f"/admin/accounts/{page}/?q=1")
    assert answer.status_code == 200
    assert len(queries) <= 16, [query["sql"][:90] for query in queries]


def test_beside_a_member_stands_what_synchronising_came_to(operator: Client, records: Cast) -> None:
    records.laundry.links.get().settle(LinkedAccount.State.REFUSED, "The account is closed.")
    page = operator.get(f"/admin/accounts/member/{records.laundry.pk}/change/").content.decode()
    assert "register_accounts: the response timed out" in page
    assert "55555" in page
    assert "The account is closed." in page
    listed = f"/admin/accounts/linkedaccount/?member__id__exact={records.laundry.pk}"
    assert f'<a href="{listed}&amp;state__exact=refused">refused: 1</a>' in page
    found = operator.get(f"{listed}&state__exact=refused").content.decode()
    assert "The account is closed." in found
    assert "10000201" not in found


def test_a_managers_page_does_not_show_all_accounts(operator: Client, records: Cast) -> None:
    manager = records.manager
    last = manager.links.last()
    assert last is not None
    last.settle(LinkedAccount.State.REFUSED, "The last one is closed.")
    address = f"/admin/accounts/member/{manager.pk}/change/"
    with CaptureQueriesContext(connection) as queries:
        page = operator.get(address).content.decode()
    assert page.count("/admin/accounts/linkedaccount/") < 25
    assert "The last one is closed." in page  # those to look at come first
    assert "not yet registered: 39" in page
    assert len(queries) <= 24, [query["sql"][:90] for query in queries]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_a_hash_or_a_link(operator: Client, records: Cast, page: str) -> None:
    model = next(m for m in admin.site._registry if m._meta.model_name == page)
    for record in model._default_manager.all()[:3]:
        answer = operator.get(f"/admin/accounts/{page}/{record.pk}/change/")
        assert answer.status_code == 200
        for secret in ("nobody-may-see", "argon2", "link_digest"):
            assert secret not in answer.content.decode()


def test_a_member_stays_with_their_biller_address_and_powers(operator: Client, cast: Cast) -> None:
    other = other_biller()
    operator.post(
        f"/admin/accounts/member/{cast.laundry.pk}/change/",
        {
            "biller": other.pk,
            "email": "thief@example.com",
            "is_staff": "on",
            "is_superuser": "on",
            "is_active": "",
            "language": "es",
            **{
                f"{rows}-{number}_FORMS": 0
                for rows in ("all_links", "unknown_accounts", "account_syncs")
                for number in ("TOTAL", "INITIAL")
            },
        },
    )
    laundry = User.objects.get(pk=cast.laundry.pk)
    assert (laundry.biller, laundry.email) == (cast.biller, "laundry@example.com")
    assert not laundry.is_staff
    assert not laundry.is_superuser
    assert not laundry.is_active
    assert laundry.language == "es"


def test_nobody_sets_a_members_password(operator: Client, cast: Cast) -> None:
    address = f"/admin/accounts/staffuser/{cast.laundry.pk}/"
    for page in ("password/", "send-password-link/"):
        assert operator.post(f"{address}{page}").status_code in {302, 404}
    assert not mail.outbox
    assert User.objects.get(pk=cast.laundry.pk).check_password("copper kettle on the porch")


def test_staff_cannot_raise_their_own_powers(client: Client, cast: Cast) -> None:
    boss = User.objects.create_superuser("operator@example.com", "quiet lanterns along the pier")
    clerk = staff("administrator", cast.biller)
    client.force_login(clerk)
    client.post(
        f"/admin/accounts/staffuser/{clerk.pk}/change/",
        {
            "email": clerk.email,
            "language": "es",
            "is_active": "on",
            "is_superuser": "on",
            "billers": cast.biller.pk,
            "groups": Group.objects.get(name="administrator").pk,
        },
    )
    assert User.objects.get(pk=clerk.pk).language == "es"
    assert not User.objects.get(pk=clerk.pk).is_superuser
    address = f"/admin/accounts/staffuser/{boss.pk}/send-password-link/"
    assert client.post(address).status_code == 404


def test_an_account_can_be_taken_from_a_member_and_not_given(operator: Client, cast: Cast) -> None:
    assert operator.get("/admin/accounts/linkedaccount/add/").status_code == 403
    link = cast.laundry.links.get()
    page = f"/admin/accounts/linkedaccount/{link.pk}/"
    for way in (page + "delete/", "/admin/accounts/linkedaccount/"):  # without a reason
        chosen = {"action": "delete_selected", "_selected_action": link.pk, "post": "yes"}
        operator.post(way, chosen)
        assert LinkedAccount.objects.filter(pk=link.pk).exists()
    operator.post(page + "unlink/", {"reason": "Moved out"})
    assert not LinkedAccount.objects.filter(pk=link.pk).exists()


def test_a_member_is_erased_with_the_linked_accounts(operator: Client, cast: Cast) -> None:
    """tests/accounts/privacy tests what an erasure leaves behind."""
    address = f"/admin/accounts/member/{cast.laundry.pk}/erase/"
    posted = {"reason": "asked in person", "checked": "on", "stopped": "on"}
    operator.post(address, posted)
    assert not LinkedAccount.objects.filter(member=cast.laundry.pk).exists()


def test_what_is_taken_from_a_member_does_not_come_back_at_the_next_sign_in(
    there: There, operator: Client, cast: Cast
) -> None:
    there.register(LAUNDRY_EMAIL, LAUNDRY_PASSWORD, "10000101", "10000104")
    sync_accounts(cast.laundry, LAUNDRY_PASSWORD)
    link = cast.laundry.links.get(account__account_number="10000104")
    operator.post(f"/admin/accounts/linkedaccount/{link.pk}/unlink/", {"reason": "Moved out"})
    sync_accounts(cast.laundry, LAUNDRY_PASSWORD)
    assert [str(kept.account) for kept in cast.laundry.links.all()] == ["10000101"]
    kept_away = cast.laundry.unlinked_accounts.get()
    assert str(LogEntry.objects.get_for_object(kept_away).get().actor) == "operator@example.com"


@pytest.mark.parametrize("page", PAGES[4:])
def test_what_happened_is_read_and_never_written(operator: Client, page: str) -> None:
    assert operator.get(f"/admin/accounts/{page}/add/").status_code == 403


def test_what_is_changed_is_remembered_with_who_and_never_a_password(
    operator: Client, cast: Cast
) -> None:
    cast.laundry.set_password("another kettle altogether")
    cast.laundry.last_login = timezone.now()
    cast.laundry.save()
    account = cast.account("10000101")
    operator.post(
        f"/admin/accounts/utilityaccount/{account.pk}/change/", {"name": "Willows & Sons"}
    )
    entry = LogEntry.objects.get_for_object(account).first()
    assert entry.changes["name"] == ["Willows Laundry", "Willows & Sons"]
    assert str(entry.actor) == "operator@example.com"
    logged = [str(entry.changes) for entry in LogEntry.objects.all()]
    assert not [changes for changes in logged if "argon2" in changes or "last_login" in changes]


def test_members_do_not_get_into_the_admin(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    assert client.get("/admin/accounts/member/").status_code == 302
