import smtplib
from email.message import EmailMessage
from typing import Any

import pytest
import requests

from tests.sandbox.pages import cloud_payments, words
from tests.sandbox_process import SandboxProcess


def open_page(sandbox: SandboxProcess, path: str) -> requests.Response:
    return requests.get(sandbox.url + path, timeout=10)


def send(sandbox: SandboxProcess, path: str, form: Any = None) -> requests.Response:
    return requests.post(sandbox.url + path, form or {}, timeout=30)


def mail(sandbox: SandboxProcess) -> None:
    message = EmailMessage()
    message["Subject"] = "Confirm your address"
    message["From"], message["To"] = "portal@example.com", "rosa@example.com"
    message.set_content("Open http://localhost:8000/accounts/confirm/abc/ to go on.")
    message.add_alternative("<p><a href='http://localhost:8000/x/'>Go on</a></p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port) as server:
        server.send_message(message)


def test_the_home_page_says_what_this_is(sandbox: SandboxProcess) -> None:
    page = words(open_page(sandbox, "/"))
    assert "This is a local imitation of Invoice Cloud. No real payment is possible." in page
    assert "demo-api-key-springfield-water" in page
    assert "5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10" in page
    assert "copper kettle on the porch" in page


@pytest.mark.parametrize("path", ["/_control/", "/_inbox/"])
def test_control_and_inbox_say_that_they_are_not_invoice_cloud(
    sandbox: SandboxProcess, path: str
) -> None:
    page = open_page(sandbox, path)
    assert "not part of Invoice Cloud" in words(page)
    assert 'name="robots" content="noindex' in page.text


def test_a_mail_is_listed_read_and_deleted(sandbox: SandboxProcess) -> None:
    mail(sandbox)
    listed = open_page(sandbox, "/_inbox/")
    assert "Confirm your address" in words(listed)
    assert "rosa@example.com" in words(listed)

    path = listed.text.split('href="/_inbox/', 2)[2].split('"')[0]
    read = open_page(sandbox, f"/_inbox/{path}")
    assert 'href="http://localhost:8000/accounts/confirm/abc/"' in read.text
    as_html = open_page(sandbox, f"/_inbox/{path}html")
    assert "<a href='http://localhost:8000/x/'>Go on</a>" in as_html.text
    assert "default-src 'none'" in as_html.headers["Content-Security-Policy"]

    assert "No emails yet" in words(send(sandbox, "/_inbox/clear"))
    assert sandbox.control("GET", "/_control/api/inbox") == []


def test_a_fault_is_switched_on_and_off(sandbox: SandboxProcess) -> None:
    form = {"operation": "account", "kind": "unavailable", "times": "2", "seconds": ""}
    assert "unavailable on account" in words(send(sandbox, "/_control/faults", form))
    [fault] = sandbox.control("GET", "/_control/api/faults")
    assert (fault["operation"], fault["kind"], fault["times"]) == ("account", "unavailable", 2)
    assert "No faults are on" in words(send(sandbox, "/_control/faults/clear"))
    assert sandbox.control("GET", "/_control/api/faults") == []


def test_a_fault_that_cannot_occur_is_refused(sandbox: SandboxProcess) -> None:
    form = {"operation": "account", "kind": "wrong_password"}
    assert "applies to remote_authentication only" in words(send(sandbox, "/_control/faults", form))
    assert sandbox.control("GET", "/_control/api/faults") == []


def test_postback_settings_are_saved_and_shown_again(sandbox: SandboxProcess) -> None:
    form = {"when": "after_return", "delay_seconds": "0", "copies": "2", "retries": "1"}
    form |= {"place": "query", "return_method": "POST", "shuffle": "on"}
    form |= {"overrides": "PaymentAmount=1.00\nCardType"}
    page = send(sandbox, "/_control/postback-settings", form)
    assert "The postback settings are saved" in words(page)
    assert "PaymentAmount=1.00\nCardType</textarea>" in page.text
    saved = sandbox.control("GET", "/_control/api/postback-settings")
    assert saved["overrides"] == {"PaymentAmount": "1.00", "CardType": None}
    assert (saved["when"], saved["copies"], saved["place"]) == ("after_return", 2, "query")
    assert (saved["shuffle"], saved["per_invoice"]) == (True, False)


def test_invalid_settings_are_refused(sandbox: SandboxProcess) -> None:
    send(sandbox, "/_control/postback-settings", {"when": "yesterday", "copies": "-1"})
    assert sandbox.control("GET", "/_control/api/postback-settings")["when"] == "before_return"


def test_setting_129_is_changed(sandbox: SandboxProcess) -> None:
    page = open_page(sandbox, "/_control/")
    path = page.text.split('action="/_control/billers/')[1].split('"')[0]
    send(sandbox, f"/_control/billers/{path}")
    assert sandbox.state("biller")["setting_129"] is False


def test_a_postback_is_sent_again(sandbox: SandboxProcess) -> None:
    sandbox.control("POST", "/_control/api/postback-settings", {"retries": 0})
    address = cloud_payments(sandbox, PostBackURL=f"{sandbox.url}/nobody-listens")
    send(sandbox, address.removeprefix(sandbox.url) + "/approve", {"10000101~10000101-03": "84.20"})
    page = open_page(sandbox, "/_control/")
    assert "nobody-listens" in words(page)
    path = page.text.split('action="/_control/postbacks/')[1].split('"')[0]
    send(sandbox, f"/_control/postbacks/{path}")
    assert sum(len(sent["attempts"]) for sent in sandbox.state("postbacks")) == 2


def test_reset_loads_the_demo_again(sandbox: SandboxProcess) -> None:
    mail(sandbox)
    send(sandbox, "/_control/reset")
    assert sandbox.control("GET", "/_control/api/inbox") == []
    assert sandbox.customer("10000101")["balance"] == "84.20"


@pytest.mark.parametrize("path", ["/_control/reset", "/_control/faults", "/_inbox/clear"])
def test_the_control_panel_refuses_other_sites(sandbox: SandboxProcess, path: str) -> None:
    mail(sandbox)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert requests.post(sandbox.url + path, headers=headers, timeout=10).status_code == 403
    assert requests.get(sandbox.url + path, timeout=10).status_code == 405
    assert len(sandbox.control("GET", "/_control/api/inbox")) == 1
