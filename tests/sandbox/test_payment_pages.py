import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from tests.sandbox.pages import (
    BAD_CARD,
    GOOD_BANK,
    GOOD_CARD,
    cloud_payments,
    make_older,
    page_options,
    token_of,
    words,
)
from tests.sandbox_process import SandboxProcess

INVOICE = "10000101~10000101-03"


class Receiver(HTTPServer):
    """A PostBackURL that keeps what arrives."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Keeper)
        self.got: list[dict[str, list[str]]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/postback"


class Keeper(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append(parse_qs(body, keep_blank_values=True))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def post(address: str, form: Any, **options: Any) -> requests.Response:
    return requests.post(address, form, timeout=30, **options)


def get(address: str, **options: Any) -> requests.Response:
    return requests.get(address, timeout=30, **options)


def settings(sandbox: SandboxProcess, **changes: Any) -> None:
    sandbox.control("POST", "/_control/api/postback-settings", changes)


def test_a_guest_pays_and_is_sent_back(sandbox: SandboxProcess, receiver: Receiver) -> None:
    address = cloud_payments(sandbox, PostBackURL=receiver.url)
    page = get(address)
    assert "Willows Laundry" in words(page)
    assert "Invoice 10000101-03" in words(page)
    assert "X-Frame-Options" not in page.headers
    assert "Set-Cookie" not in page.headers

    result = post(f"{address}/pay", GOOD_CARD | {INVOICE: "84.20"})
    assert result.url == f"{address}/result"
    assert "Approved" in words(result)
    assert "Total $87.15" in words(result)
    assert f"10;url=/cloudpayments/{address.rsplit('/', 1)[1]}/return" in result.text

    [told] = receiver.got  # before the return, which is the default
    assert told["Approved"] == ["True"]
    assert told["PaymentAmount"] == ["84.20"]
    assert told["ConvenienceFee"] == ["2.95"]
    assert told["BillerReference"] == ["reference-1"]
    assert told["InvoiceNumber"] == ["10000101-03"]
    assert sandbox.customer("10000101")["balance"] == "0.00"

    back = get(f"{address}/return", allow_redirects=False)
    assert (back.status_code, back.headers["Location"]) == (
        303,
        f"{sandbox.url}/back-at-the-portal",
    )
    assert len(receiver.got) == 1


def test_a_bank_account_costs_no_fee(sandbox: SandboxProcess) -> None:
    result = post(f"{cloud_payments(sandbox)}/pay", GOOD_BANK | {INVOICE: "10.00"})
    assert "Total $10.00" in words(result)
    assert sandbox.customer("10000101")["balance"] == "74.20"


def test_the_test_buttons_need_no_card(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox)
    assert "Insufficient funds" in words(post(f"{address}/decline", {INVOICE: "84.20"}))
    assert sandbox.customer("10000101")["balance"] == "84.20"
    assert "Approved" in words(post(f"{address}/approve", {INVOICE: "84.20"}))
    assert [p["approved"] for p in sandbox.state("payments")] == [False, True]


def test_a_declined_payment_is_reported_and_can_be_retried(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    address = cloud_payments(sandbox, PostBackURL=receiver.url)
    result = post(f"{address}/pay", BAD_CARD | {INVOICE: "84.20"})
    assert "Declined" in words(result)
    assert "Try again" in words(result)
    assert "http-equiv" not in result.text
    post(f"{address}/pay", GOOD_CARD | {INVOICE: "84.20"})
    assert [told["Approved"][0] for told in receiver.got] == ["False", "True"]
    assert receiver.got[0]["PaymentMessage"] == ["Insufficient funds"]


def test_a_paid_page_cannot_pay_twice(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox)
    post(f"{address}/pay", GOOD_CARD | {INVOICE: "40.00"})
    again = post(f"{address}/pay", GOOD_CARD | {INVOICE: "40.00"})
    assert again.url == f"{address}/result"
    assert get(address).url == f"{address}/result"
    assert len(sandbox.state("payments")) == 1
    assert sandbox.customer("10000101")["balance"] == "44.20"


def test_leaving_without_paying_does_nothing(sandbox: SandboxProcess, receiver: Receiver) -> None:
    address = cloud_payments(sandbox, PostBackURL=receiver.url)
    get(address)
    back = get(f"{address}/return", allow_redirects=False)
    assert back.headers["Location"] == f"{sandbox.url}/back-at-the-portal"
    assert sandbox.state("payments") == []
    assert sandbox.state("postbacks") == []
    assert sandbox.customer("10000101")["balance"] == "84.20"


def test_the_postback_waits_for_the_return_if_set(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    settings(sandbox, when="after_return")
    address = cloud_payments(sandbox, PostBackURL=receiver.url)
    post(f"{address}/approve", {INVOICE: "84.20"})
    assert sandbox.state("postbacks") == []
    get(f"{address}/return", allow_redirects=False)
    get(f"{address}/return", allow_redirects=False)
    assert len(sandbox.state("postbacks")) == 1


def test_the_return_can_be_a_post(sandbox: SandboxProcess) -> None:
    settings(sandbox, return_method="POST")
    address = cloud_payments(sandbox)
    page = get(f"{address}/return", allow_redirects=False)
    assert page.status_code == 200
    assert f'method="post" action="{sandbox.url}/back-at-the-portal"' in page.text
    assert "/static/sandbox/return.js" in page.text


def test_without_a_return_url_the_page_says_to_close_it(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox, ReturnURL="")
    post(f"{address}/approve", {INVOICE: "84.20"})
    assert "You can close this page now" in words(get(f"{address}/return"))


def test_an_unknown_page_is_not_found(sandbox: SandboxProcess) -> None:
    answer = get(f"{sandbox.url}/cloudpayments/made-up")
    assert answer.status_code == 404
    assert "does not exist" in words(answer)


def test_the_page_expires_after_an_hour(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox)
    make_older(sandbox, "sandbox_hostedpayment")
    page = get(address)
    assert page.status_code == 410
    assert "This payment page has expired" in words(page)
    assert post(f"{address}/approve", {INVOICE: "84.20"}).status_code == 410
    assert sandbox.state("payments") == []


def test_saved_methods_are_offered_to_the_user_of_the_token(sandbox: SandboxProcess) -> None:
    assert "Visa ending in 1111" not in words(get(cloud_payments(sandbox)))
    token = token_of(sandbox, "laundry@example.com")
    mine = get(cloud_payments(sandbox, RemoteAuthenticationToken=token))
    assert "Visa ending in 1111" in words(mine)
    saved = mine.text.split('value="saved-')[1].split('"')[0]
    result = post(f"{mine.url}/pay", {"method": f"saved-{saved}", INVOICE: "84.20"})
    assert "Approved" in words(result)
    assert sandbox.state("payments")[0]["user"] == "laundry@example.com"


def test_a_payment_type_that_is_not_allowed_is_not_accepted(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox, AllowCCPayment=False)
    assert "New card" not in words(get(address))
    refused = post(f"{address}/pay", GOOD_CARD | {INVOICE: "84.20"})
    assert "Select a valid choice" in words(refused)
    post(f"{address}/approve", {INVOICE: "84.20"})
    assert sandbox.state("payments")[0]["kind"] == "bank"

    assert "New bank account" not in words(get(cloud_payments(sandbox, AllowACHPayment=False)))


def test_swiping_is_offered_when_allowed(sandbox: SandboxProcess) -> None:
    assert "Swipe a card" not in words(get(cloud_payments(sandbox)))
    assert "Swipe a card" in words(get(cloud_payments(sandbox, AllowSwipe=True)))


def test_the_requests_own_invoices_are_shown_with_their_fees(sandbox: SandboxProcess) -> None:
    invoice = {"InvoiceNumber": "W-7", "BalanceDue": 20, "DueDate": "12/31/2026"}
    invoice |= {"CCServiceFee": "1.10", "MinimumAmountDue": "5.00"}
    customer = {"AccountNumber": "10000101", "Name": "Willows Laundry", "Invoices": [invoice]}
    address = cloud_payments(sandbox, Customers=[customer])
    page = words(get(address))
    assert "Invoice W-7" in page
    assert "December 31, 2026" in page
    assert "10000101-03" not in page

    name = "10000101~W-7"
    assert "Pay at least $5.00" in words(post(f"{address}/approve", {name: "4.99"}))
    assert "Total $21.10" in words(post(f"{address}/approve", {name: "20.00"}))
    assert sandbox.customer("10000101")["balance"] == "84.20"


def test_an_invoice_without_partial_payments_is_paid_in_full(sandbox: SandboxProcess) -> None:
    invoice = {"InvoiceNumber": "W-7", "BalanceDue": "20.00", "AllowPartialPayments": "false"}
    customer = {"AccountNumber": "10000101", "Invoices": [invoice]}
    address = cloud_payments(sandbox, Customers=[customer])
    assert "Pay at least $20.00" in words(post(f"{address}/approve", {"10000101~W-7": "5"}))
    assert sandbox.state("payments") == []


def test_setting_129_decides_what_a_customer_who_owes_nothing_sees(
    sandbox: SandboxProcess,
) -> None:
    address = cloud_payments(sandbox, Customers=[{"AccountNumber": "10000102"}])
    assert "Nothing due" in words(get(address))
    sandbox.control(
        "POST", "/_control/api/billers", {"api_key": sandbox.api_key, "setting_129": False}
    )
    assert "There are no open invoices" in words(get(address))
    assert "Approve" not in words(get(address))

    invoices = [
        {"InvoiceNumber": number, "BalanceDue": due} for number, due in (("A", 0), ("B", 5))
    ]
    customer = {"AccountNumber": "10000102", "Invoices": invoices}
    asked = words(get(cloud_payments(sandbox, Customers=[customer])))
    assert "Invoice A" not in asked
    assert "Invoice B" in asked


def test_a_customer_who_owes_nothing_can_pay_in_advance(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox, Customers=[{"AccountNumber": "10000102"}])
    assert "Enter an amount to pay" in words(post(f"{address}/approve", {}))
    name = "10000102~10000102-01"
    assert "Approved" in words(post(f"{address}/approve", {name: "15.00"}))
    assert sandbox.customer("10000102")["balance"] == "-15.00"


def test_an_invoice_is_removed_when_allowed(sandbox: SandboxProcess) -> None:
    rosa = [{"AccountNumber": "10000104"}]
    first = "10000104~10000104-01"
    address = cloud_payments(sandbox, Customers=rosa)
    assert "Remove" not in words(get(address))
    assert "Invoice 10000104-01" in words(get(f"{address}?remove={first}"))

    address = cloud_payments(
        sandbox, Customers=rosa, PageResultOptions=page_options(AllowRemove=True)
    )
    left = words(get(f"{address}?remove={first}"))
    assert "Invoice 10000104-01" not in left
    assert "Invoice 10000104-02" in left
    post(f"{address}/approve?remove={first}", {"10000104~10000104-02": "58.30"})
    assert sandbox.customer("10000104")["balance"] == "61.75"


@pytest.mark.parametrize(
    ("option", "page", "shown"),
    [
        ("AllowViewStatement", "statement", "Billed $84.20"),
        ("AllowViewRelated", "related", "Invoice 10000101-02"),
        ("AllowRemindMe", "remind", "Remind me about invoice 10000101-03"),
    ],
)
def test_the_other_options_are_shown_only_when_allowed(
    sandbox: SandboxProcess, option: str, page: str, shown: str
) -> None:
    without = cloud_payments(sandbox)
    assert f"/{page}?" not in get(without).text
    assert get(f"{without}/{page}?invoice={INVOICE}").status_code == 404

    address = cloud_payments(sandbox, PageResultOptions=page_options(**{option: True}))
    assert f"/{page}?" in get(address).text
    assert shown in words(get(f"{address}/{page}?invoice={INVOICE}"))


def test_a_reminder_reaches_the_inbox(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox, PageResultOptions=page_options(AllowRemindMe=True))
    post(f"{address}/remind?invoice={INVOICE}", {"email": "somebody@example.com"})
    [mail] = sandbox.control("GET", "/_control/api/inbox", {"to": "somebody@example.com"})
    assert "10000101-03" in mail["subject"]


def test_the_account_is_registered_after_a_payment_when_allowed(sandbox: SandboxProcess) -> None:
    rosa = {"Customers": [{"AccountNumber": "10000104"}]}
    form = {"email": "Rosa@example.com", "password": "river road at dawn"}
    options = page_options(AllowRegisterAccount=True)
    address = cloud_payments(sandbox, **rosa, PageResultOptions=options)
    assert post(f"{address}/register", form).status_code == 404  # nothing paid yet
    post(f"{address}/approve", {"10000104~10000104-01": "1", "10000104~10000104-02": "1"})
    assert "Register this account" in words(get(f"{address}/result"))
    assert "The account is registered" in words(post(f"{address}/register", form))
    assert sandbox.customer("10000104")["registered_by"] == "rosa@example.com"
    check = {"api_key": sandbox.api_key, **form, "email": "rosa@example.com"}
    assert sandbox.control("POST", "/_control/api/users/check", check) == {"matches": True}
    other = form | {"email": "other@example.com"}
    assert "already registered" in words(post(f"{address}/register", other))


def test_view_mode_and_css_are_honored(sandbox: SandboxProcess) -> None:
    framed = get(cloud_payments(sandbox, CSSUrl="https://biller.example/look.css"))
    assert '<link rel="stylesheet" href="https://biller.example/look.css">' in framed.text
    assert 'class="framed"' in framed.text
    assert 'class="framed"' not in get(cloud_payments(sandbox, ViewMode=0)).text


def test_a_fault_applies_to_the_payment_page(sandbox: SandboxProcess) -> None:
    address = cloud_payments(sandbox)
    fault = {"operation": "hosted_page", "kind": "unavailable", "times": 1}
    sandbox.control("POST", "/_control/api/faults", fault)
    assert get(address).status_code == 503
    assert get(address).status_code == 200
