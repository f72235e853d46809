import pytest
import requests

from tests.sandbox.pages import SECTIONS, connect, links, make_older, token_of, visit, words
from tests.sandbox_process import SandboxProcess

LAUNDRY = "laundry@example.com"


@pytest.mark.parametrize(
    ("section", "title"),
    [
        ("bills", "Open invoices"),
        ("paperless", "Paperless settings"),
        ("autopay", "AutoPay settings"),
        ("payment-options", "Payment options"),
        ("scheduled-payments", "Scheduled payments"),
        ("pay-by-text", "Pay by Text"),
    ],
)
def test_a_token_opens_each_of_the_six_pages(
    sandbox: SandboxProcess, section: str, title: str
) -> None:
    token = token_of(sandbox, LAUNDRY)
    form = {"RemoteAuthenticationToken": token, "ViewMode": "1", "RedirectID": SECTIONS[section]}
    moved = connect(sandbox, form, allow_redirects=False)
    assert moved.status_code == 303
    assert moved.headers["Location"].startswith("/portal/(S(")
    assert moved.headers["Location"].endswith(f"))/{section}")
    assert "Set-Cookie" not in moved.headers

    page = requests.get(sandbox.url + moved.headers["Location"], timeout=10)
    assert title in words(page)
    assert "10000101" in words(page) or section in {"payment-options", "scheduled-payments"}
    assert "X-Frame-Options" not in page.headers
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    assert token not in page.text


def test_names_match_in_any_case(sandbox: SandboxProcess) -> None:
    form = {
        "remoteauthenticationtoken": token_of(sandbox, LAUNDRY),
        "VIEWMODE": "1",
        "redirectId": "5",
        "CssUrl": "https://biller.example/look.css",
        "returnurl": "https://portal.example/",
    }
    page = connect(sandbox, form)
    assert page.url.endswith("/payment-options")
    assert '<link rel="stylesheet" href="https://biller.example/look.css">' in page.text
    assert "Sign out and Return to Springfield Water" in page.text


def test_an_unknown_token_gets_a_page_that_says_so(sandbox: SandboxProcess) -> None:
    form = {"RemoteAuthenticationToken": "made-up", "ViewMode": "1", "RedirectID": "1"}
    page = connect(sandbox, form, allow_redirects=False)
    assert page.status_code == 200
    assert "Your session has ended" in words(page)


def test_an_expired_token_gets_the_same_page(sandbox: SandboxProcess) -> None:
    form = {"RemoteAuthenticationToken": token_of(sandbox, LAUNDRY), "ViewMode": "1"}
    user = {"api_key": sandbox.api_key, "email": LAUNDRY}
    sandbox.control("POST", "/_control/api/users/expire-tokens", user)
    page = connect(sandbox, form | {"RedirectID": "1"}, allow_redirects=False)
    assert page.status_code == 200
    assert "Your session has ended" in words(page)


def test_a_token_in_the_address_is_refused(sandbox: SandboxProcess) -> None:
    token = token_of(sandbox, LAUNDRY)
    address = f"{sandbox.url}/cloudssoconnect?RemoteAuthenticationToken={token}"
    form = {"RemoteAuthenticationToken": token, "ViewMode": "1", "RedirectID": "1"}
    assert requests.get(address + "&ViewMode=1&RedirectID=1", timeout=10).status_code == 405
    assert requests.post(address, form, timeout=10).status_code == 405


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ViewMode", ""),
        ("ViewMode", "2"),
        ("RedirectID", "4"),
        ("RedirectID", ""),
        ("RemoteAuthenticationToken", ""),
        ("ReturnUrl", "javascript:alert(1)"),
        ("CSSUrl", "file:///etc/passwd"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(
    sandbox: SandboxProcess, field: str, value: str
) -> None:
    form = {"RemoteAuthenticationToken": token_of(sandbox, LAUNDRY)}
    form |= {"ViewMode": "1", "RedirectID": "1", field: value}
    page = connect(sandbox, form, allow_redirects=False)
    assert page.status_code == 400
    assert field in words(page)


def test_signing_out_ends_the_session_and_returns(sandbox: SandboxProcess) -> None:
    back = {"ReturnUrl": "https://portal.example/bye", "CustomReturnSiteName": "My Water"}
    open_visit = visit(sandbox, LAUNDRY, **back)
    assert 'title="Sign out and Return to My Water"' in open_visit.landed.text

    moved = requests.post(f"{open_visit.address}/sign-out", allow_redirects=False, timeout=10)
    assert moved.status_code == 303
    assert moved.headers["Location"] == "https://portal.example/bye"
    after = open_visit.get("bills")
    assert after.status_code == 410
    assert "Your session has ended" in words(after)


def test_without_a_return_url_there_is_no_sign_out(sandbox: SandboxProcess) -> None:
    assert "Sign out" not in words(visit(sandbox, LAUNDRY).landed)


def test_a_whole_window_has_links_between_the_pages_and_a_frame_has_none(
    sandbox: SandboxProcess,
) -> None:
    framed = links(visit(sandbox, LAUNDRY).landed)
    window = links(visit(sandbox, LAUNDRY, ViewMode="0").landed)
    assert not any(link.endswith("/autopay") for link in framed)
    assert any(link.endswith("/autopay") for link in window)


def test_an_unknown_session_has_ended(sandbox: SandboxProcess) -> None:
    assert requests.get(f"{sandbox.url}/portal/(S(made-up))/bills", timeout=10).status_code == 410


def test_a_session_ends_after_an_hour(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY)
    make_older(sandbox, "sandbox_pagesession")
    assert open_visit.get("bills").status_code == 410


def test_a_fault_applies_to_the_portal_pages(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY)
    fault = {"operation": "portal_page", "kind": "unavailable", "times": 1}
    sandbox.control("POST", "/_control/api/faults", fault)
    assert open_visit.get("bills").status_code == 503
    assert open_visit.get("bills").status_code == 200


def test_a_fault_of_calls_alone_meets_no_page(sandbox: SandboxProcess) -> None:
    open_visit = visit(sandbox, LAUNDRY)
    fault = {"operation": "*", "kind": "refused", "times": 1}
    sandbox.control("POST", "/_control/api/faults", fault)
    assert open_visit.get("bills").status_code == 200
    assert sandbox.control("GET", "/_control/api/faults") != []
