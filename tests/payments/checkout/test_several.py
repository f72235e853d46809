"""Several accounts in one payment: `/pay/quick/` with more than one account."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from payments.models import Checkout, CheckoutAccount, FailedAttempt
from tests.cast import Cast
from tests.payments.checkout.test_quick import bodies
from tests.payments.paying import members, postback_fields, send_postback
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db
A, B, C = "10000201", "10000202", "10000203"


def keys(cast: Cast, *numbers: str) -> list[int]:
    return [cast.account(number).pk for number in numbers]


def owe(cast: Cast, number: str, amount: str, *, minutes_ago: int = 1) -> None:
    asked_at = timezone.now() - timedelta(minutes=minutes_ago)
    balance = Balance(amount=Decimal(amount), asked_at=asked_at)
    assert kept.keep(cast.account(number).pk, balance)


def listed(page: str) -> list[str]:
    return re.findall(r'name="account" value="(\d+)"', page)


def launched(manager: Client, cast: Cast, *numbers: str, **more: str) -> Checkout:
    sent = {"account": keys(cast, *numbers), "listed": "yes", **more}
    answer = manager.post("/pay/quick/", sent)
    return Checkout.objects.get(address=answer["Location"].split("/")[2])


def test_several_accounts_are_listed_before_anything_is_launched(
    manager: Client, cast: Cast
) -> None:
    owe(cast, A, "84.20")
    owe(cast, B, "-5.00")
    owe(cast, C, "10.00")
    page = manager.post("/pay/quick/", {"account": keys(cast, A, B, C)}).content.decode()
    assert "<h1>Pay 3 accounts</h1>" in page
    assert listed(page) == [str(key) for key in keys(cast, A, B, C)]
    assert "1 Maple Court" in page
    assert "$5.00 credit" in page
    assert "$94.20" in page  # a credit pays no other account
    assert page.count("Remove<") == 4  # a button for each, and the column
    assert not Checkout.objects.exists()


def test_one_is_taken_from_the_list_without_javascript(manager: Client, cast: Cast) -> None:
    sent = {"account": keys(cast, A, B, C), "listed": "yes", "remove": str(keys(cast, B)[0])}
    page = manager.post("/pay/quick/", sent).content.decode()
    assert listed(page) == [str(key) for key in keys(cast, A, C)]
    assert "<h1>Pay 2 accounts</h1>" in page
    sent = {"account": keys(cast, A, C), "listed": "yes", "remove": str(keys(cast, A)[0])}
    page = manager.post("/pay/quick/", sent).content.decode()
    assert "<h1>Pay 1 account</h1>" in page
    assert 'name="remove"' not in page


def test_it_shows_the_balances_of_the_dashboard(manager: Client, cast: Cast) -> None:
    owe(cast, A, "84.20", minutes_ago=60)
    owe(cast, B, "10.00")
    cache.clear()  # or they were asked for by another process, with a cache of its own
    assert manager.get("/").context["summary"].total == Decimal("94.20")
    page = manager.post("/pay/quick/", {"account": keys(cast, A, B)}).content.decode()
    assert "$94.20" in page
    assert "not known now" not in page


def test_a_balance_from_before_a_payment_is_not_shown(
    manager: Client, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    owe(cast, A, "84.20")
    owe(cast, B, "10.00")
    paid = members(cast, A, member=cast.manager)
    with django_capture_on_commit_callbacks(execute=True):
        send_postback(Client(), paid, postback_fields(paid))
    page = manager.post("/pay/quick/", {"account": keys(cast, A, B)}).content.decode()
    assert "$84.20</td>" not in page
    assert "$84.20 paid" in page


def test_confirmed_it_is_one_request_with_several_customers(
    manager: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    checkout = launched(manager, cast, B, A, C, A)
    assert [each.account_number for each in checkout.ordered_accounts] == [B, A, C]
    [body] = bodies(sandbox)
    assert [each["AccountNumber"] for each in body["Customers"]] == [B, A, C]
    assert body["CreateCustomerRecord"] is False
    page = manager.get(f"/pay/{checkout.address}/").content.decode()
    assert "Paying 3 accounts at Springfield Water" in page
    again = "&amp;".join(f"account={key}" for key in keys(cast, B, A, C))
    assert f'href="/pay/quick/?{again}"' in page


def test_asked_for_twice_the_same_accounts_give_the_same_checkout(
    manager: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    first = launched(manager, cast, A, B)
    assert launched(manager, cast, B, A) == first
    assert len(bodies(sandbox)) == 1
    sent = {"account": keys(cast, A, B, C), "listed": "yes"}
    page = manager.post("/pay/quick/", sent).content.decode()
    assert page.count("was started") == 2  # A and B may be paid just now
    assert launched(manager, cast, A, B, C, confirmed="yes") != first


def test_a_page_that_is_still_open_is_not_offered_again_for_what_was_paid_since(
    manager: Client, cast: Cast
) -> None:
    alone = members(cast, A, member=cast.manager)
    Checkout.objects.update(visitor=f"member:{cast.manager.pk}")
    both = members(cast, A, B, member=cast.manager)
    send_postback(Client(), both, postback_fields(both, AccountNumber=A))
    page = manager.post("/pay/quick/", {"account": keys(cast, A)}).content.decode()
    assert "A payment of $84.20" in page
    assert alone.is_current
    manager.post("/pay/quick/", {"account": keys(cast, B)})
    assert Checkout.objects.count() == 2  # B is warned of as well: it may be paid any moment


@pytest.mark.parametrize("foreign", ["10000101", "99999999", "nonsense"])
def test_an_account_of_somebody_else_is_left_out_and_nothing_is_launched(
    manager: Client, cast: Cast, foreign: str
) -> None:
    other = cast.account(foreign).pk if foreign == "10000101" else foreign
    sent = {"account": [*keys(cast, A, B), other], "listed": "yes", "confirmed": "yes"}
    page = manager.post("/pay/quick/", sent).content.decode()
    assert not Checkout.objects.exists()
    if foreign == "nonsense":
        assert "Choose one of your accounts" in page
    else:
        assert listed(page) == [str(key) for key in keys(cast, A, B)]
        assert "some of the accounts you chose" in page
        assert "Willows" not in page


def test_an_account_unlinked_in_between_is_left_out(manager: Client, cast: Cast) -> None:
    cast.manager.links.filter(account=cast.account(B)).delete()
    sent = {"account": keys(cast, A, B), "listed": "yes"}
    page = manager.post("/pay/quick/", sent).content.decode()
    assert listed(page) == [str(keys(cast, A)[0])]
    assert not Checkout.objects.exists()


def test_an_account_that_must_be_proved_again_is_left_out(manager: Client, cast: Cast) -> None:
    cast.manager.links.filter(account=cast.account(B)).update(needs_proof_since=timezone.now())
    page = manager.get("/pay/quick/", {"account": keys(cast, A, B)}).content.decode()
    assert listed(page) == [str(keys(cast, A)[0])]


def test_more_than_fifty_are_refused(manager: Client, cast: Cast) -> None:
    sent = {"account": [str(key) for key in range(1, 52)], "listed": "yes"}
    page = manager.post("/pay/quick/", sent).content.decode()
    assert "Choose at most 50 accounts at once." in page
    assert not Checkout.objects.exists()


def test_an_address_with_several_accounts_shows_the_list(manager: Client, cast: Cast) -> None:
    page = manager.get("/pay/quick/", {"account": keys(cast, A, B)}).content.decode()
    assert "<h1>Pay 2 accounts</h1>" in page


def test_fifty_cost_as_many_queries_as_two(
    manager: Client, cast: Cast, django_assert_max_num_queries: object
) -> None:
    numbers = [f"10000{200 + place}" for place in range(1, 41)]
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        manager.post("/pay/quick/", {"account": keys_of(cast, numbers)})
    checkout = members(cast, *numbers, member=cast.manager)
    for page in ("", "receipt/", "status/"):
        with django_assert_max_num_queries(8):  # type: ignore[operator]
            assert manager.get(f"/pay/{checkout.address}/{page}").status_code == 200


def keys_of(cast: Cast, numbers: list[str]) -> list[int]:
    found = cast.biller.accounts.filter(account_number__in=numbers)
    return list(found.values_list("pk", flat=True))


def test_what_could_not_be_paid_is_kept_for_each_account(manager: Client, cast: Cast) -> None:
    """Nobody answers where this biller's Invoice Cloud is."""
    checkout = launched(manager, cast, A, B)
    assert checkout.failure == "unavailable"
    tried = FailedAttempt.objects.values_list("account__account_number", flat=True)
    assert sorted(tried) == [A, B]
    page = manager.get(f"/pay/{checkout.address}/").content.decode()
    again = "&amp;".join(f"account={key}" for key in keys(cast, A, B))
    assert f'href="/pay/quick/?{again}" class="button"' in page


def test_the_receipt_has_the_total_first_and_each_account(manager: Client, cast: Cast) -> None:
    checkout = members(cast, A, B, C, member=cast.manager)
    for number, amount in ((A, "1,010.00"), (B, "20.00")):
        said = postback_fields(checkout, AccountNumber=number, PaymentAmount=amount)
        send_postback(Client(), checkout, said)
    declined = postback_fields(
        checkout, AccountNumber=C, Approved="False", PaymentMessage="Insufficient funds"
    )
    send_postback(Client(), checkout, declined)
    page = manager.get(f"/pay/{checkout.address}/receipt/").content.decode()
    assert "Partly paid</h1>" in page
    assert "<title>Partly paid" in page
    assert "2 of 3 accounts are paid" in page
    assert "$1,035.00" in page
    assert page.index("$1,035.00") < page.index("By account")
    assert "There isn&#x27;t enough money in the account." in page
    assert "Insufficient funds" not in page
    assert f'href="/pay/quick/?account={keys(cast, C)[0]}" class="button">Pay that account' in page
    said = postback_fields(checkout, AccountNumber=C, PaymentAmount="3.00")
    send_postback(Client(), checkout, said)
    page = manager.get(f"/pay/{checkout.address}/receipt/").content.decode()
    assert "Paid</h1>" in page
    assert "$1,040.50" in page
    page = manager.get("/pay/history/").content.decode()
    assert "$1,040.50" in page
    for number in (A, B, C):
        assert number in page


def test_what_waits_is_not_offered_to_be_paid_again(manager: Client, cast: Cast) -> None:
    checkout = members(cast, A, B, member=cast.manager)
    send_postback(Client(), checkout, postback_fields(checkout, AccountNumber=A))
    page = manager.get(f"/pay/{checkout.address}/receipt/").content.decode()
    assert "Partly paid</h1>" in page
    assert "1 of 2 accounts is paid" in page
    assert "/pay/quick/?" not in page.split("<main")[1].split("</main")[0]
    assert "while it is being confirmed" in page


def test_an_account_stands_once_in_a_checkout_and_goes_with_it(cast: Cast) -> None:
    checkout = members(cast, A, B, member=cast.manager)
    assert CheckoutAccount.objects.count() == 2
    checkout.delete()
    assert not CheckoutAccount.objects.exists()
