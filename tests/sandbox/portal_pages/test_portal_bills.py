from decimal import Decimal

from tests.sandbox.pages import BAD_CARD, GOOD_CARD, Visit, visit, words
from tests.sandbox_process import SandboxProcess

LAUNDRY, MANAGER = "laundry@example.com", "manager@example.com"
INVOICE = "10000101~10000101-03"


def pay(open_visit: Visit, form: dict[str, str]) -> str:
    return words(open_visit.post(f"bills/pay?invoice={INVOICE}", form))


def test_an_invoice_is_paid_with_a_new_card(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY)
    assert "84.20" in words(open_visit.landed)

    receipt = pay(open_visit, GOOD_CARD | {INVOICE: "84.20"})
    assert "Approved" in receipt
    assert "$87.15" in receipt  # including the card fee
    assert "Visa ending in 1111" in receipt

    assert sandbox.customer("10000101")["balance"] == "0.00"
    [payment] = sandbox.state("payments")
    assert (payment["amount"], payment["fee"], payment["approved"]) == ("84.20", "2.95", True)
    assert payment["user"] == LAUNDRY
    assert "Nothing due" in words(open_visit.get("bills"))


def test_a_part_is_paid_with_a_saved_bank_account(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY)
    page = open_visit.get(f"bills/pay?invoice={INVOICE}")
    bank = page.text.split("Checking ending in 6789")[0].rsplit('value="', 1)[1].split('"')[0]
    receipt = pay(open_visit, {"method": bank, INVOICE: "30"})
    assert "Total $30.00" in receipt
    assert sandbox.customer("10000101")["balance"] == "54.20"


def test_a_declined_card_changes_nothing(sandbox: SandboxProcess) -> None:
    receipt = pay(visit(sandbox, LAUNDRY), BAD_CARD | {INVOICE: "84.20"})
    assert "Declined" in receipt
    assert "Insufficient funds" in receipt
    assert sandbox.customer("10000101")["balance"] == "84.20"
    assert not sandbox.state("payments")[0]["approved"]


def test_more_than_is_owed_is_refused(sandbox: SandboxProcess) -> None:
    assert "Pay $84.20 or less" in pay(visit(sandbox, LAUNDRY), GOOD_CARD | {INVOICE: "84.21"})
    assert sandbox.state("payments") == []


def test_only_test_cards_are_accepted(
    sandbox: SandboxProcess,
) -> None:
    real = GOOD_CARD | {"card_number": "4242 4242 4242 4242", INVOICE: "84.20"}
    assert "Use a test card number" in pay(visit(sandbox, LAUNDRY), real)
    assert sandbox.state("payments") == []


def test_an_expired_card_is_refused(sandbox: SandboxProcess) -> None:
    old = GOOD_CARD | {"expiry": "01/20", INVOICE: "84.20"}
    assert "Enter a future month" in pay(visit(sandbox, LAUNDRY), old)
    assert sandbox.state("payments") == []


def test_an_invoice_of_another_user_can_be_neither_seen_nor_paid(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY)
    other = "10000106~10000106-01"
    assert "10000106" not in words(open_visit.landed)
    page = open_visit.post(f"bills/pay?invoice={other}", GOOD_CARD | {other: "132.08"})
    assert "Nothing selected" in words(page)
    assert sandbox.customer("10000106")["balance"] == "132.08"


def test_a_receipt_is_shown_to_the_payer_only(sandbox: SandboxProcess) -> None:
    mine, theirs = visit(sandbox, LAUNDRY), visit(sandbox, MANAGER)
    pay(mine, GOOD_CARD | {INVOICE: "84.20"})
    guid = sandbox.state("payments")[0]["guid"]
    assert mine.get(f"receipt/{guid}").status_code == 200
    assert theirs.get(f"receipt/{guid}").status_code == 404


def test_several_accounts_are_paid_at_once(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, MANAGER)
    two = ["10000201~10000201-01", "10000202~10000202-01"]
    query = "&".join(f"invoice={name}" for name in two)
    amounts = {two[0]: "45.37", two[1]: "52.74"}
    assert "Approved" in words(open_visit.post(f"bills/pay?{query}", GOOD_CARD | amounts))
    assert sandbox.customer("10000201")["balance"] == "0.00"
    assert sandbox.customer("10000202")["balance"] == "0.00"
    assert Decimal(sandbox.state("payments")[0]["amount"]) == Decimal("98.11")


def test_forty_accounts_are_searched(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, MANAGER)
    assert "40 accounts" in words(open_visit.landed)
    assert "10000240" in words(open_visit.landed)
    found = words(open_visit.get("bills?q=Unit+17"))
    assert "10000217" in found
    assert "10000218" not in found
    assert "Overdue" in words(open_visit.landed)
    assert "Credit" in words(open_visit.landed)


def test_everything_due_is_selected_with_one_click(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, MANAGER)
    assert open_visit.landed.text.count(" checked") == 0
    assert open_visit.get("bills?select=due").text.count(" checked") > 20


def test_setting_129_off_hides_zero_and_credit(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, MANAGER)
    assert "Invoice 10000205-01" in words(open_visit.landed)  # a credit
    assert "Invoice 10000208-01" in words(open_visit.landed)  # paid
    sandbox.control(
        "POST", "/_control/api/billers", {"api_key": sandbox.api_key, "setting_129": False}
    )
    shown = words(open_visit.get("bills"))
    assert "Invoice 10000201-01" in shown
    assert "Invoice 10000205-01" not in shown
    assert "Invoice 10000208-01" not in shown
