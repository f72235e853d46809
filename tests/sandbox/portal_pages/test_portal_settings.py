from datetime import date, timedelta
from typing import Any

import pytest

from tests.sandbox.pages import GOOD_BANK, GOOD_CARD, Visit, links, visit, words
from tests.sandbox_process import SandboxProcess

LAUNDRY, MANAGER = "laundry@example.com", "manager@example.com"
TOMORROW = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - any day to come


def user(sandbox: SandboxProcess, email: str) -> Any:
    return next(u for u in sandbox.state("users") if u["email"] == email)


def choice(page_text: str, label: str) -> str:
    """The value of the option with this label."""
    before, _, _ = page_text.partition(f">{label}<")
    return before.rpartition('value="')[2].partition('"')[0]


def test_paperless_is_turned_on_and_off(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY, "paperless")
    on = open_visit.post("paperless/save", {"listed": "10000101", "paperless": "10000101"})
    assert "Your paperless choice is saved" in words(on)
    assert sandbox.customer("10000101")["paperless"] is True
    open_visit.post("paperless/save", {"listed": "10000101"})
    assert sandbox.customer("10000101")["paperless"] is False


def test_paperless_touches_only_the_accounts_that_were_listed(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, MANAGER, "paperless")
    open_visit.post("paperless/save", {"listed": "10000202", "paperless": "10000202"})
    assert sandbox.customer("10000201")["paperless"] is True  # as in the demo
    assert sandbox.customer("10000202")["paperless"] is True
    open_visit.post("paperless/save", {"listed": "10000101", "paperless": "10000101"})
    assert sandbox.customer("10000101")["paperless"] is False  # of another user


def test_all_accounts_become_paperless(sandbox: SandboxProcess) -> None:
    visit(sandbox, MANAGER, "paperless").post("paperless/all")
    mine = [c for c in sandbox.state("customers") if c["registered_by"] == MANAGER]
    assert len(mine) == 40
    assert all(customer["paperless"] for customer in mine)
    assert sandbox.customer("10000101")["paperless"] is False


def test_autopay_is_turned_on_with_a_method_and_off(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY, "autopay")
    bank = choice(open_visit.landed.text, "Checking ending in 6789")
    on = open_visit.post("autopay/10000101/start", {"method": bank})
    assert "AutoPay is on" in words(on)
    assert f'value="{bank}" selected' in on.text
    assert sandbox.customer("10000101")["autopay"] is True
    open_visit.post("autopay/10000101/stop")
    assert sandbox.customer("10000101")["autopay"] is False


def test_autopay_refuses_a_method_of_another_user(sandbox: SandboxProcess) -> None:
    theirs = choice(visit(sandbox, MANAGER, "autopay").landed.text, "Checking ending in 4040")
    visit(sandbox, LAUNDRY, "autopay").post("autopay/10000101/start", {"method": theirs})
    assert sandbox.customer("10000101")["autopay"] is False


@pytest.mark.parametrize("path", ["autopay/10000106/stop", "pay-by-text/10000106/stop"])
def test_an_account_of_another_user_is_not_found(sandbox: SandboxProcess, path: str) -> None:
    assert visit(sandbox, LAUNDRY).post(path).status_code == 404


def test_only_four_digits_of_an_added_card_or_bank_account_are_stored(
    sandbox: SandboxProcess,
) -> None:
    open_visit = visit(sandbox, LAUNDRY, "payment-options")
    card = GOOD_CARD | {"card_number": "5555 5555 5555 4444"}
    assert "Mastercard ending in 4444" in words(open_visit.post("payment-options/add", card))
    open_visit.post("payment-options/add", GOOD_BANK)
    methods = user(sandbox, LAUNDRY)["methods"]
    assert methods[2] == {
        "kind": "card",
        "brand": "Mastercard",
        "last4": "4444",
        "expiry": "08/2035",
    }
    assert methods[3] == {"kind": "bank", "brand": "Checking", "last4": "6789", "expiry": ""}


def test_an_invalid_method_is_refused_with_reasons(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY, "payment-options")
    page = open_visit.post("payment-options/add", {"method": "bank", "bank_account": "1234"})
    assert "Use a test bank account" in words(page)
    assert "Enter nine digits" in words(page)
    assert len(user(sandbox, LAUNDRY)["methods"]) == 2


def test_removing_a_method_cancels_its_payments(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY, "autopay")
    card = choice(open_visit.landed.text, "Visa ending in 1111")
    open_visit.post("autopay/10000101/start", {"method": card})
    schedule(open_visit, method=card)
    assert "Removing it cancels them" in words(open_visit.get("payment-options"))
    open_visit.post(f"payment-options/{card}/remove")
    assert [m["brand"] for m in user(sandbox, LAUNDRY)["methods"]] == ["Checking"]
    assert sandbox.customer("10000101")["autopay"] is False
    assert sandbox.customer("10000101")["scheduled_payments"] == []


def test_a_method_of_another_user_is_not_found(sandbox: SandboxProcess) -> None:
    theirs = choice(visit(sandbox, MANAGER, "autopay").landed.text, "Checking ending in 4040")
    answer = visit(sandbox, LAUNDRY).post(f"payment-options/{theirs}/remove")
    assert answer.status_code == 404
    assert len(user(sandbox, MANAGER)["methods"]) == 1


def schedule(open_visit: Visit, **fields: str) -> str:
    page = open_visit.get("scheduled-payments").text
    form = {
        "customer": choice(page, "10000101 Willows Laundry"),
        "method": choice(page, "Visa ending in 1111"),
        "amount": "20.00",
        "date": TOMORROW,
    }
    return words(open_visit.post("scheduled-payments/add", form | fields))


def test_a_payment_is_scheduled_changed_and_canceled(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY, "scheduled-payments")
    assert "No payment is scheduled" in words(open_visit.landed)
    assert "The payment is scheduled" in schedule(open_visit)
    [planned] = sandbox.customer("10000101")["scheduled_payments"]
    assert (planned["amount"], planned["date"]) == ("20.00", TOMORROW)

    page = open_visit.get(f"scheduled-payments/{planned['id']}")
    form = {
        "customer": choice(page.text, "10000101 Willows Laundry"),
        "method": choice(page.text, "Checking ending in 6789"),
        "amount": "25.50",
        "date": TOMORROW,
    }
    open_visit.post(f"scheduled-payments/{planned['id']}", form)
    assert sandbox.customer("10000101")["scheduled_payments"][0]["amount"] == "25.50"

    listed = open_visit.get("scheduled-payments")
    cancel = next(link for link in links(listed) if link.endswith("/cancel"))
    open_visit.post(cancel.split("))/", 1)[1])
    assert sandbox.customer("10000101")["scheduled_payments"] == []


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("date", "2020-01-01", "Choose today or a later date"),
        ("amount", "0", "greater than or equal to 0.01"),
        ("method", "999999", "valid choice"),
        ("customer", "999999", "valid choice"),
    ],
)
def test_an_invalid_payment_is_not_scheduled(
    sandbox: SandboxProcess, field: str, value: str, reason: str
) -> None:
    assert reason in schedule(visit(sandbox, LAUNDRY, "scheduled-payments"), **{field: value})
    assert sandbox.customer("10000101")["scheduled_payments"] == []


def test_a_phone_is_enrolled_confirmed_and_stopped(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY, "pay-by-text")
    phone = {"phone": "217 555 0101", "account": "10000101"}
    assert "Confirm your phone" in words(open_visit.post("pay-by-text", phone))
    assert sandbox.customer("10000101")["pay_by_text"] == ""

    wrong = open_visit.post("pay-by-text/confirm", phone | {"code": "9999"})
    assert "That code is not right" in words(wrong)
    assert sandbox.customer("10000101")["pay_by_text"] == ""

    on = open_visit.post("pay-by-text/confirm", phone | {"code": "1234"})
    assert "Pay by Text is on" in words(on)
    assert sandbox.customer("10000101")["pay_by_text"] == "(217) 555-0101"
    open_visit.post("pay-by-text/10000101/stop")
    assert sandbox.customer("10000101")["pay_by_text"] == ""


def test_a_phone_without_ten_digits_is_refused(sandbox: SandboxProcess) -> None:
    page = visit(sandbox, LAUNDRY, "pay-by-text").post("pay-by-text", {"phone": "555"})
    assert "Enter a 10-digit phone number" in words(page)


def test_one_phone_is_enrolled_for_all_accounts(sandbox: SandboxProcess) -> None:
    form = {"phone": "217 555 0200", "account": "", "code": "1234"}
    visit(sandbox, MANAGER, "pay-by-text").post("pay-by-text/confirm", form)
    phones = [c["pay_by_text"] for c in sandbox.state("customers") if c["pay_by_text"]]
    assert phones == ["(217) 555-0200"] * 40
