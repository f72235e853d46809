"""One page about a customer, for whoever answers the phone."""

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import responses
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import (
    CustomerChange,
    LinkedAccount,
    Member,
    SentEmail,
    UndeliveredEmail,
    UtilityAccount,
)
from payments.models import Checkout, Payment
from payments.models.checkout import Status
from support import record_page
from support.customers import facts
from support.record_page import FEW
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, member, other_biller, staff
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.payments.reversals.happened import returned
from tests.whole_dates import spaced

pytestmark = pytest.mark.any_database

MOST_QUERIES = 12


def address(person: Member) -> str:
    return f"/admin/accounts/member/{person.pk}/change/"


def text(client: Client, person: Member, query: str = "") -> str:
    answer = client.get(address(person) + query)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def paid(cast: Cast, number: str = "10000101") -> Payment:
    checkout = opened(cast, number, member=cast.laundry)
    send_postback(Client(), checkout, postback_fields(checkout, AccountNumber=number))
    return checkout.payments.first() or Payment.objects.latest("pk")


def test_who_it_is_and_where_they_sign_in(support: Client, cast: Cast) -> None:
    browser = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0"})
    browser.post("/accounts/login/", {"username": LAUNDRY_EMAIL, "password": "not this one"})
    browser.post("/accounts/login/", {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD})
    page = text(support, cast.laundry)
    assert LAUNDRY_EMAIL in page
    assert re.search(r"Failed sign-ins \S+ .{4,20} Firefox", page)
    assert "Not signed in anywhere" not in page
    assert "Two-step verification off" in page


def test_wrong_passwords_of_others_stay_theirs(support: Client, cast: Cast) -> None:
    Client().post("/accounts/login/", {"username": "nobody@example.com", "password": "x"})
    twin = member(other_biller(), LAUNDRY_EMAIL, LAUNDRY_PASSWORD)
    elsewhere = Client(headers={"host": "power.localhost"})
    elsewhere.post("/accounts/login/", {"username": twin.email, "password": "x"})
    assert "None in the last 30 days" in text(support, cast.laundry)


def test_payments_and_what_became_of_them(support: Client, cast: Cast) -> None:
    payment = paid(cast)
    assert "received" in text(support, cast.laundry)
    returned(cast, payment, "4.20", kind="refunded")
    assert "partly refunded $82.50 of $86.70" in text(support, cast.laundry)


def test_a_payment_taken_back_whole(support: Client, cast: Cast) -> None:
    returned(cast, paid(cast), kind="chargeback")
    assert "charged back $0.00 of $86.70" in text(support, cast.laundry)


def test_checkouts_that_came_to_nothing_too(support: Client, cast: Cast) -> None:
    failed = members(cast, "10000101")
    Checkout.objects.filter(pk=failed.pk).update(
        launched_at=None, failed_at=timezone.now(), failure=Checkout.Failure.UNAVAILABLE
    )
    silent = members(cast, "10000103", member=cast.laundry)
    Checkout.objects.filter(pk=silent.pk).update(
        created_at=timezone.now() - Checkout.UNCONFIRMED_AFTER * 2
    )
    page = text(support, cast.laundry)
    assert f"{silent.biller_reference}" in page
    assert "not confirmed" in page
    assert "could not be opened Invoice Cloud was not available" in page


def test_a_checkout_grows_old_after_the_query_was_composed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    members(cast, "10000101", member=cast.laundry)
    before = [row.status for row in facts.checkouts(cast.laundry)]
    later = timezone.now() + Checkout.UNCONFIRMED_AFTER + timedelta(minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    after = [row.status for row in facts.checkouts(cast.laundry)]
    assert [before, after] == [[Status.OPEN], [Status.UNCONFIRMED]]


def test_emails_and_what_became_of_them(support: Client, cast: Cast) -> None:
    support.post(f"/admin/accounts/member/{cast.laundry.pk}/send-reset/")
    UndeliveredEmail.objects.create(
        biller=cast.biller,
        member=cast.laundry,
        email=LAUNDRY_EMAIL,
        notification="two_step",
        reason="refused",
        code="550 5.1.1",
    )
    assert SentEmail.objects.get().notification == "reset_password"
    page = text(support, cast.laundry)
    assert "link for a new password sent" in page
    assert "(550 5.1.1) not delivered" in page
    assert "/password-reset/" not in support.get(address(cast.laundry)).content.decode()


def test_a_balance_is_the_last_one_known_and_asks_nobody(support: Client, cast: Cast) -> None:
    account = cast.account("10000101")
    due = cast.biller.today() + timedelta(days=9)
    kept.keep(account.pk, Balance(amount=Decimal("84.20"), due_date=due))
    with responses.RequestsMock():  # any call would fail
        page = text(support, cast.laundry)
    assert f"$84.20 Due in 9 days, on {spaced(date_format(due))} as of" in page
    assert f"/admin/accounts/utilityaccount/{account.pk}/balance/?member={cast.laundry.pk}" in (
        support.get(address(cast.laundry)).content.decode()
    )


def test_the_button_asks_invoice_cloud(support: Client, cast: Cast) -> None:
    account = cast.account("10000101")
    asked = f"/admin/accounts/utilityaccount/{account.pk}/balance/?member={cast.laundry.pk}"
    assert support.get(asked).status_code == 405
    page = support.post(asked, follow=True)
    # Nobody answers there in this test.
    assert "Invoice Cloud doesn&#x27;t give the balance right now." in page.content.decode()
    assert page.redirect_chain == [(address(cast.laundry) + "#accounts", 302)]
    for _try in range(3):
        page = support.post(asked, follow=True)
    assert "Invoice Cloud was asked just now" in page.content.decode()


def test_of_many_accounts_the_first_and_a_search_within(support: Client, cast: Cast) -> None:
    page = support.get(address(cast.manager)).content.decode()
    assert page.count("/unlink/") == FEW
    assert "Page 1 of 4" in page
    assert support.get(address(cast.manager) + "?page=4").content.decode().count("/unlink/") == FEW
    for term in ("10000217", "Acct 1000-0217"):
        found = support.get(address(cast.manager), {"q": term}).content.decode()
        assert found.count("/unlink/") == 1, term
        assert "10000217" in found
    # The term stands in the page's address: no name or street is looked for.
    found = support.get(address(cast.manager), {"q": "17 Maple"}).content.decode()
    assert "/unlink/" not in found


def test_each_part_asks_its_own_permission(support: Client, cast: Cast) -> None:
    """Support may not read the audit log, neither here nor there."""
    cast.laundry.language = "es"
    cast.laundry.save()
    assert 'id="audit"' not in support.get(address(cast.laundry)).content.decode()
    other = Client()
    other.force_login(staff("administrator", cast.biller))
    assert 'id="audit"' in other.get(address(cast.laundry)).content.decode()


def test_the_acts_stand_beside_what_they_act_on(administrator: Client, cast: Cast) -> None:
    page = administrator.get(address(cast.laundry)).content.decode()
    for slug in ("send-reset", "sign-out-everywhere", "unlock", "as-member", "privacy", "erase"):
        assert f"/admin/accounts/member/{cast.laundry.pk}/{slug}/" in page
    assert "?edit" in page
    assert 'name="language"' in administrator.get(address(cast.laundry) + "?edit").content.decode()


def test_support_is_offered_what_support_may_do(support: Client, cast: Cast) -> None:
    page = support.get(address(cast.laundry)).content.decode()
    assert "/send-reset/" in page
    assert "/erase/" not in page
    assert "?edit" not in page


@pytest.mark.parametrize("role", ["finance"])
def test_not_for_a_role_that_may_see_no_member(client: Client, cast: Cast, role: str) -> None:
    client.force_login(staff(role, cast.biller))
    assert client.get(address(cast.laundry)).status_code == 403


def test_not_for_staff_of_another_biller(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", other_biller()))
    answer = client.get(address(cast.laundry))
    assert answer.status_code == 302
    assert LAUNDRY_EMAIL not in client.get(answer.url).content.decode()  # type: ignore[attr-defined]


def fill(cast: Cast, number: int) -> None:
    """So many accounts more for the manager, each paid twice, and everything else as well."""
    accounts = UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=f"7{one:06}", name="Maple Court")
        for one in range(number)
    )
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=cast.manager, account=account) for account in accounts
    )
    for account in accounts:
        for _twice in range(2):
            Payment.objects.create(
                biller=cast.biller,
                account=account,
                source="reconciliation",
                payment_guid=uuid4(),
                paid_at=timezone.now(),
            )
    SentEmail.objects.bulk_create(
        SentEmail(
            biller=cast.biller,
            member=cast.manager,
            email=cast.manager.email,
            notification="two_step",
        )
        for _each in range(number)
    )


def test_as_many_queries_for_one_account_as_for_many(administrator: Client, cast: Cast) -> None:
    counted = []
    administrator.get(address(cast.manager))  # the first page of a process asks for more
    for more in (0, 60):
        fill(cast, more)
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get(address(cast.manager)).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert max(counted) <= MOST_QUERIES, [query["sql"][:110] for query in queries]


def test_the_latest_payments_are_of_all_accounts(administrator: Client, cast: Cast) -> None:
    fill(cast, 30)
    latest = [str(one.pk) for one in Payment.objects.order_by("-paid_at", "-pk")]
    page = address(cast.manager)
    for query, number in (("?q=1000&page=2", FEW), ("?q=1000&page=2&more=1", 60)):
        shown = administrator.get(page + query).content.decode()
        payments = re.findall(r"/admin/payments/payment/(\d+)/change/", shown)
        assert payments == latest[:number]
        assert ('href="?q=1000&amp;page=2&amp;more=1#payments"' in shown) is (number == FEW)
        assert "Only the latest" not in shown
        assert shown.count('<span class="pill">sent</span>') == min(number, 30)
        assert 'name="q"' in shown


def test_payments_of_former_customers_hide_no_others(administrator: Client, cast: Cast) -> None:
    """The accounts that were paid last have changed hands since, and are the manager's again."""
    fill(cast, 30)
    latest = Payment.objects.order_by("-paid_at", "-pk")
    CustomerChange.objects.bulk_create(
        CustomerChange(account=payment.account, before="A", after="B", at=timezone.now())
        for payment in latest[: 2 * FEW : 2]
    )
    theirs = [str(one.pk) for one in latest[2 * FEW :]]
    for query, number in (("", FEW), ("?more", len(theirs))):
        shown = administrator.get(address(cast.manager) + query).content.decode()
        assert re.findall(r"/admin/payments/payment/(\d+)/change/", shown) == theirs[:number]


def test_no_more_is_offered_where_there_is_no_more(administrator: Client, cast: Cast) -> None:
    fill(cast, FEW // 2)
    shown = administrator.get(address(cast.manager)).content.decode()
    assert len(re.findall(r"/admin/payments/payment/\d+/change/", shown)) == FEW
    assert '#payments">Show more' not in shown


def test_where_even_more_are_is_told(
    administrator: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = FEW + 1
    monkeypatch.setattr(record_page, "MANY", many)
    fill(cast, FEW)
    shown = administrator.get(address(cast.manager) + "?more").content.decode()
    assert len(re.findall(r"/admin/payments/payment/\d+/change/", shown)) == many
    assert f'Only the latest {many} are shown. <a href="/admin/payments/payment/">' in shown
