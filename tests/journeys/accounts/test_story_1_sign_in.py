"""Story 1 in a browser: every branch of a sign-in, ending with what both sides hold."""

import re

from django.core import mail
from playwright.sync_api import Page, expect

from accounts.invoice_cloud.background import background_work
from accounts.models import LinkedAccount, User
from tests import cast as people
from tests.cast import Cast
from tests.journeys.walks import fault, frame, link_in_mail, sign_in
from tests.sandbox_process import SandboxProcess


def test_a_registered_member_signs_in_and_sees_the_bills(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)

    expect(page).to_have_url("/")
    expect(page.get_by_text("84.20")).to_be_visible()
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("84.20").first).to_be_visible()
    assert background_work.wait(60)
    assert User.objects.get(pk=cast.laundry.pk).registered_at is not None
    assert cast.laundry.links.get().state == LinkedAccount.State.REGISTERED
    [user] = [u for u in sandbox.state("users") if u["email"] == people.LAUNDRY_EMAIL]
    assert user["accounts"] == ["10000101"]
    assert len(user["tokens"]) == 1


def test_a_member_unknown_at_invoice_cloud_is_registered_there(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, people.NEIGHBOUR_EMAIL, people.NEIGHBOUR_PASSWORD)

    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("10000102").first).to_be_visible()
    assert background_work.wait(60)
    assert sandbox.customer("10000102")["registered_by"] == people.NEIGHBOUR_EMAIL
    assert cast.neighbour.links.get().state == LinkedAccount.State.REGISTERED


def test_accounts_are_synchronised_both_ways(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    # There but not here: one the CIS knows, one it does not. Here but not there: 10000102.
    sandbox.control(
        "POST",
        "/_control/api/customers",
        {
            "api_key": people.API_KEY,
            "customers": [{"account_number": "99999999", "name": "Willows Laundry"}],
        },
    )
    sandbox.control(
        "POST",
        "/_control/api/users",
        {
            "api_key": people.API_KEY,
            "email": people.LAUNDRY_EMAIL,
            "password": people.LAUNDRY_PASSWORD,
            "accounts": ["10000101", "10000103", "99999999"],
        },
    )
    LinkedAccount.objects.create(member=cast.laundry, account=cast.account("10000102"))

    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)

    # That is not waited for: the page comes first.
    expect(page).to_have_url("/")
    assert background_work.wait(60)
    page.reload()
    for number in ("10000101", "10000102", "10000103"):
        expect(page.get_by_text(number).first).to_be_visible()
    expect(page.get_by_text("see this account's bills yet")).to_have_count(0)
    here = set(cast.laundry.links.values_list("account__account_number", "state"))
    assert here == {(number, "registered") for number in ("10000101", "10000102", "10000103")}
    assert list(cast.laundry.unknown_accounts.values_list("account_number", flat=True)) == [
        "99999999"
    ]
    assert sandbox.customer("10000102")["registered_by"] == people.LAUNDRY_EMAIL


def test_a_slow_invoice_cloud_keeps_nobody_from_the_accounts(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    """The token is there, the rest has not come yet: pages say so, and do not wait for it."""
    LinkedAccount.objects.create(member=cast.laundry, account=cast.account("10000102"))
    fault(sandbox, "retrieve_user_accounts", "slow", seconds=60)

    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)

    expect(page.get_by_text("connecting this account to the billing pages")).to_be_visible()
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("84.20").first).to_be_visible()
    sandbox.control("DELETE", "/_control/api/faults")  # the answer comes now
    assert background_work.wait(60)
    page.goto("/accounts/")
    expect(page.get_by_role("heading", name="Mill Street")).to_have_count(2)
    expect(page.get_by_text("billing pages")).to_have_count(0)


def test_another_password_at_invoice_cloud_is_never_registered_over(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    _set_password_there(sandbox, "a password known there only")

    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)

    page.goto("/billing/bills/")
    expect(page.get_by_role("main")).to_contain_text("Reconnect")
    assert background_work.wait(60)
    assert _is_password_there(sandbox, "a password known there only")
    # The mail's link asks for the password again, and then both sides hold the same.
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/reconnect/"))
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_text("Your billing pages are connected again.")).to_be_visible()
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("84.20").first).to_be_visible()
    assert _is_password_there(sandbox, people.LAUNDRY_PASSWORD)


def test_with_invoice_cloud_away_everything_but_billing_works(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    fault(sandbox, "*", "unavailable")

    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)

    expect(page.get_by_text("10000101").first).to_be_visible()
    page.goto("/billing/bills/")
    expect(page.get_by_text("aren't available right now").first).to_be_visible()
    # It comes back: trying again asks for the password, since none was kept.
    sandbox.control("DELETE", "/_control/api/faults")
    page.get_by_role("main").get_by_role("link", name="Try again").click()
    page.get_by_label("Password", exact=True).fill(people.LAUNDRY_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile(r"/billing/bills/$"))
    expect(frame(page).get_by_text("84.20").first).to_be_visible()
    assert User.objects.get(pk=cast.laundry.pk).registered_at is not None


def test_a_wrong_password_and_an_unknown_address_look_the_same(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    words = []
    for email in (people.LAUNDRY_EMAIL, "nobody@example.com"):
        sign_in(page, email, "not the right password")
        expect(page.get_by_role("main")).to_contain_text("don't match")
        for added in ("Show , Password", "Sign in with a passkey"):  # by scripts
            expect(page.get_by_role("button", name=added)).to_be_visible()
        words.append(page.get_by_role("main").inner_text().replace(email, ""))

    assert words[0] == words[1]
    assert sandbox.control("GET", "/_control/api/calls") == []


def _set_password_there(sandbox: SandboxProcess, password: str) -> None:
    user = {"api_key": people.API_KEY, "email": people.LAUNDRY_EMAIL, "password": password}
    sandbox.control("POST", "/_control/api/users", {**user, "accounts": ["10000101"]})


def _is_password_there(sandbox: SandboxProcess, password: str) -> bool:
    user = {"api_key": people.API_KEY, "email": people.LAUNDRY_EMAIL, "password": password}
    return bool(sandbox.control("POST", "/_control/api/users/check", user)["matches"])
