"""What the page of an account says about money."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import Helper, HelperAccount, LinkedAccount
from payments.models import FailedAttempt
from support.record_page import FEW
from tests.cast import Cast
from tests.posting.lines import paid


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_payments_of_the_former_customer_are_marked(support: Client, cast: Cast) -> None:
    """They may be on the phone and ask where their payment is."""
    account = cast.account("10000101")
    page_of = f"/admin/accounts/utilityaccount/{account.pk}/change/"
    empty = text(support, page_of)
    assert "No payments that the portal knows of" in empty
    for listed in ("payments/payment", "payments/checkout", "accounts/signup"):  # all of none
        assert f'href="/admin/{listed}/?account' not in empty
    now = timezone.now()
    former = paid(cast, at=now - timedelta(days=2))
    account.customer_changes.create(at=now - timedelta(days=1), before="A", after="B")
    account.customer_changes.create(at=now - timedelta(hours=1), before="B", after="C")
    page = text(support, page_of)
    assert "No payments that the portal knows of" not in page
    assert f"/admin/payments/payment/{former.pk}/change/" in page
    assert page.count("before the customer changed on") == 1
    assert 'href="/admin/payments/payment/?account' in page
    present = paid(cast, at=now)
    page = text(support, page_of)
    assert f"/admin/payments/payment/{present.pk}/change/" in page
    assert page.count("before the customer changed on") == 1
    # On the page of the present customer, they are somebody else's.
    page = text(support, f"/admin/accounts/member/{cast.laundry.pk}/change/")
    assert f"/admin/payments/payment/{present.pk}/change/" in page
    assert f"/admin/payments/payment/{former.pk}/change/" not in page


def test_each_list_that_is_cut_off_leads_to_the_rest(administrator: Client, cast: Cast) -> None:
    account, day = cast.account("10000101"), cast.biller.today()
    page_of = f"/admin/accounts/utilityaccount/{account.pk}/change/"
    link = LinkedAccount.objects.get(member=cast.laundry, account=account)
    for number in range(FEW + 1):
        account.customer_changes.create(before=f"Before {number}", after="After")
        FailedAttempt.objects.create(biller=cast.biller, account=account, key=str(number))
        helper = Helper.objects.create(
            owner=cast.laundry, email=f"{number}@example.net", right="pay", ends_on=day
        )
        HelperAccount.objects.create(helper=helper, link=link)
    few, more = text(administrator, page_of), text(administrator, page_of + "?more")
    for part in ("customers", "attempts", "helpers"):
        assert f'<a href="?more=1#{part}">Show more' in few
    for row in ("→", "due date not known", "@example.net</a>"):
        assert (few.count(row), more.count(row)) == (FEW, FEW + 1)
    assert "Show more" not in more
