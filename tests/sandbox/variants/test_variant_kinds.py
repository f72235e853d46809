"""Variants: answers and postbacks in another kind of body than the contract's."""

import json
from collections.abc import Callable, Iterator

import pytest
from requests import Response

from tests.sandbox.pages import cloud_payments
from tests.sandbox.receiver import Receiver
from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
REMOTE = "/api/v1/remoteauth"
USERS = "POST", f"{REMOTE}/RetrieveUsers"
LAUNDRY = {"EmailAddress": "laundry@example.com"}
WRONG = {**LAUNDRY, "Password": "not this one"}
NOBODY = ("POST", "/api/v1/customer/RetrieveCustomerGuid", {"AccountNumber": "none"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.mark.parametrize(
    ("name", "status"), [("no_content_for_empty_lists", 204), ("not_found_for_nobody", 404)]
)
def test_an_empty_list_is_a_status(
    call: Call, sandbox: SandboxProcess, name: str, status: int
) -> None:
    sandbox.vary(name)
    none = call(*USERS, {"AccountNumber": "10000105"})
    assert (none.status_code, none.text) == (status, "")
    assert call(*USERS, LAUNDRY).json()["Users"]


def test_json_is_written_into_a_text(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("payload_in_text")
    [user] = json.loads(call(*USERS, {"AccountNumber": "10000101"}).json())["Users"]
    assert user["AccountNumber"] == "10000101"


def test_an_update_says_more_than_nothing(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("updates_say_more")
    new = {**LAUNDRY, "NewPassword": "green bicycle"}
    assert call("POST", f"{REMOTE}/UpdatePassword", new).json() == {"RowsAffected": 1}


def test_data_is_the_address_of_the_page(sandbox: SandboxProcess, call: Call) -> None:
    sandbox.vary("bare_page_address")
    page = {
        "ViewMode": 1,
        "CreateCustomerRecord": True,
        "ReturnURL": "http://localhost:8000/back/",
        "PostBackURL": "http://localhost:8000/postback/",
        "Customers": [{"AccountNumber": "10000101"}],
    }
    answer = call("POST", "/cloudpaymentsapi/v2", page).json()
    assert str(answer["Data"]).startswith(sandbox.url)


def test_the_login_is_not_where_the_bills_go(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("login_name_beside")
    mei = call(*USERS, {"AccountNumber": "10000106"}).json()["Users"][0]
    assert (mei["LoginName"], mei["Registered"]) == ("mei.chen@example.org", True)
    ana = call(*USERS, {"EmailAddress": "ana.torres@example.com"}).json()["Users"][0]
    assert (ana["EmailAddress"], ana["LoginName"]) == ("ana.torres@example.com", None)


def test_a_failed_authentication_is_a_bare_no(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("credentials_200_false")
    answer = call("POST", f"{REMOTE}/RemoteAuthentication", WRONG)
    assert (answer.status_code, answer.json()) == (200, False)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("credentials_400_words", ("POST", f"{REMOTE}/RemoteAuthentication", WRONG)),
        ("rejection_400_words", NOBODY),
    ],
)
def test_a_refusal_is_a_sentence(
    call: Call, sandbox: SandboxProcess, name: str, row: tuple[str, str, object]
) -> None:
    sandbox.vary(name)
    answer = call(*row)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain")
    assert answer.text in {"Invalid email address or password.", "The customer was not found."}


def test_a_refusal_comes_with_problem_details(call: Call, sandbox: SandboxProcess) -> None:
    sandbox.vary("rejection_422_problem")
    answer = call(*NOBODY)
    assert (answer.status_code, answer.json()["detail"]) == (422, "The customer was not found.")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("postback_as_json", "application/json"), ("postback_as_multipart", "multipart/form-data")],
)
def test_a_postback_is_no_plain_form(
    sandbox: SandboxProcess, receiver: Receiver, name: str, kind: str
) -> None:
    sandbox.vary(name)
    page = cloud_payments(sandbox, PostBackURL=receiver.url)
    lines = [{"invoice_number": "10000101-03", "amount": "84.20"}]
    row = {"hosted_payment": page, "lines": lines, "approve": True}
    sandbox.control("POST", "/_control/api/payments", row)
    receiver.wait_for(1)
    assert receiver.headers[0]["Content-Type"].startswith(kind)
    assert "PaymentGUID" in receiver.raw[0]
