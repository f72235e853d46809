"""Story 2 in a browser: the three branches, the account that is online elsewhere, the outage."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import LinkedAccount, Signup, User
from icsso.billers.models import Biller
from tests import cast as people
from tests.journeys.walks import fault, frame, link_in_mail, sign_in, sign_out
from tests.sandbox_process import SandboxProcess

PASSWORD = "seven quiet herons at dawn"
EMAIL = "rosa@example.com"
PASSWORD_FIELD = re.compile(r"^(New )?password$|^Choose a password$", re.IGNORECASE)


def register(page: Page, *, account: str, name: str, email: str = EMAIL) -> None:
    page.goto("/accounts/register/")
    page.get_by_label("Account number").fill(account)
    page.get_by_label("Name on your bill").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label(PASSWORD_FIELD).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Create").click()


def finish(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/finish/"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Finish").click()
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()


def password_matches_there(sandbox: SandboxProcess, email: str, password: str) -> bool:
    user = {"api_key": people.API_KEY, "email": email, "password": password}
    return bool(sandbox.control("POST", "/_control/api/users/check", user)["matches"])


@pytest.mark.parametrize(
    ("account", "name"),
    [
        pytest.param(
            "10000105",
            "Harold Becker",
            id="the account does not exist there",
            marks=pytest.mark.contract,
        ),
        pytest.param("10000104", "delgado, rosa", id="it exists and nobody registered it"),
    ],
)
def test_a_new_member_is_registered_on_both_sides(
    page: Page, sandbox: SandboxProcess, biller: Biller, account: str, name: str
) -> None:
    register(page, account=account, name=name)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Check your email"))
    assert not User.objects.filter(email=EMAIL).exists()

    finish(page)

    expect(page).to_have_url("/")
    member = User.objects.get(biller=biller, email=EMAIL)
    link = member.links.get()
    assert (link.account.account_number, link.state) == (account, "registered")
    assert member.registered_at is not None
    assert sandbox.customer(account)["registered_by"] == EMAIL
    assert password_matches_there(sandbox, EMAIL, PASSWORD)
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text(account).first).to_be_visible()


def test_an_account_registered_there_with_the_same_address_and_password_is_joined(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    user = {"api_key": people.API_KEY, "email": EMAIL, "password": PASSWORD}
    sandbox.control("POST", "/_control/api/users", {**user, "accounts": ["10000104"]})

    register(page, account="10000104", name="Rosa Delgado")
    finish(page)

    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("10000104").first).to_be_visible()
    operations = [c["operation"] for c in sandbox.control("GET", "/_control/api/calls")]
    assert "register_accounts" not in operations
    assert "create_customer_record" not in operations


def test_an_account_registered_there_with_another_password_is_joined_by_the_link_in_a_mail(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    before = "the password of before"
    user = {"api_key": people.API_KEY, "email": EMAIL, "password": before}
    sandbox.control("POST", "/_control/api/users", {**user, "accounts": ["10000104"]})

    register(page, account="10000104", name="Rosa Delgado")
    finish(page)

    page.goto("/billing/bills/")
    expect(page.get_by_role("heading", name="Reconnect your billing pages").last).to_be_visible()
    assert password_matches_there(sandbox, EMAIL, before)  # without the mail, nothing is set
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/reconnect/"))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_text("Your billing pages are connected again.")).to_be_visible()
    assert User.objects.get(biller=biller, email=EMAIL).check_password(PASSWORD)
    assert password_matches_there(sandbox, EMAIL, PASSWORD)
    assert not password_matches_there(sandbox, EMAIL, before)
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("10000104").first).to_be_visible()


def test_an_account_online_under_another_address_is_not_taken_over(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    register(page, account="10000106", name="Mei Chen")
    finish(page)

    page.goto("/billing/bills/")
    expect(page.get_by_role("main")).to_contain_text("m…@e….org")
    link = LinkedAccount.objects.get(member__email=EMAIL)
    assert link.state == LinkedAccount.State.ELSEWHERE
    assert sandbox.customer("10000106")["registered_by"] == "mei.chen@example.org"
    assert password_matches_there(sandbox, "mei.chen@example.org", "a password of her own")


@pytest.mark.contract
def test_an_outage_is_made_good_at_the_next_sign_in(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    register(page, account="10000105", name="Harold Becker")
    # The customer record is created, and the answer never comes.
    fault(sandbox, "create_customer_record", "reset_after")
    finish(page)
    page.goto("/billing/bills/")
    expect(page.get_by_text("aren't available right now").first).to_be_visible()

    sandbox.control("DELETE", "/_control/api/faults")
    page.goto("/")
    sign_out(page)
    sign_in(page, EMAIL, PASSWORD)

    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("10000105").first).to_be_visible()
    assert sandbox.customer("10000105")["registered_by"] == EMAIL
    created = [
        call
        for call in sandbox.control("GET", "/_control/api/calls")
        if call["operation"] == "create_customer_record"
    ]
    assert len(created) == 1


def test_a_known_address_looks_the_same_and_its_member_is_told(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    people.member(biller, EMAIL, "another password entirely", "10000102")

    register(page, account="10000104", name="Rosa Delgado")

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Check your email"))
    [told] = mail.outbox
    assert told.to == [EMAIL]
    assert "/accounts/finish/" not in str(told.body)


def test_a_wrong_name_and_an_unknown_account_get_the_same_words(
    page: Page, sandbox: SandboxProcess, biller: Biller
) -> None:
    words = []
    for account, name in (("10000104", "Ana Torres"), ("55555555", "Rosa Delgado")):
        register(page, account=account, name=name)
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_role("button", name="Show")).to_be_visible()  # once the script has run
        words.append(page.get_by_role("main").inner_text())

    assert words[0] == words[1]
    assert "find an account that matches" in words[0]
    assert mail.outbox == []
    assert not Signup.objects.exists()
