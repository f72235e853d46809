"""Story 20 in a browser: from the invitation to the end, by the owner and by the helper."""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Helper, HelperAccount
from payments.models import Payment
from tests import cast as people
from tests.accounts.helpers.helping import PASSWORD, ROSA, client_of, helped
from tests.browser.looks import DESK, LOOKS, PHONE, assert_accessible
from tests.cast import Cast
from tests.journeys.walks import approve, link_in_mail, sign_in, sign_out
from tests.payments.paying import members, postback_fields, send_postback
from tests.sandbox_process import SandboxProcess


def look_at(page: Page, name: str) -> None:
    assert_accessible(page)
    if folder := os.environ.get("SCREENSHOTS"):
        for scheme, size in LOOKS:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            file = f"{name}-{size['width']}-{scheme}.png"
            page.screenshot(path=str(Path(folder) / file), full_page=True)


def test_from_the_invitation_to_the_end(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    # Three steps: "Profile and security", "Helpers", "Invite a helper".
    page.get_by_role("link", name="Profile and security").click()
    page.get_by_role("link", name="Open helpers").click()
    page.get_by_role("link", name="Invite a helper").click()
    page.get_by_label("Your helper's email").fill(ROSA)
    page.get_by_label("See and pay").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(f"We emailed the invitation to {ROSA}")).to_be_visible()
    expect(page.get_by_text("Invited, not accepted yet")).to_be_visible()
    sign_out(page)

    [message] = [one for one in mail.outbox if one.to == [ROSA]]
    page.goto(link_in_mail(message, "/accounts/helpers/invitation/"))
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Accept and sign in").click()
    expect(page.get_by_role("heading", name="Accounts you help with")).to_be_visible()
    card = page.get_by_role("region", name="12 Mill Street")
    expect(card).to_contain_text("$84.20")
    assert [user["email"] for user in sandbox.state("users") if user["email"] == ROSA] == []

    card.get_by_role("button", name="Pay").click()
    approve(page)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    [hosted] = sandbox.state("hosted_payments")
    assert not hosted["user"]  # nobody's token went along
    page.goto("/")
    page.get_by_role("link", name="See receipts").click()
    page.get_by_role("link", name=re.compile("^Receipt")).click()
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    shared = page.url
    sign_out(page)

    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    page.goto("/pay/history/")
    expect(page.get_by_role("main")).to_contain_text(f"Paid by {ROSA}")
    page.goto("/accounts/helpers/")
    page.get_by_role("button", name="End access").click()
    expect(page.get_by_text("The access has ended")).to_be_visible()
    sign_out(page)

    sign_in(page, ROSA, PASSWORD)
    expect(page.get_by_role("heading", name="You haven't linked an account yet")).to_be_visible()
    answer = page.goto(shared)
    assert answer
    assert answer.status == 404


@pytest.mark.parametrize("language", ["en", "es"] if os.environ.get("SCREENSHOTS") else ["en"])
def test_each_page(page: Page, live_server: object, cast: Cast, language: str) -> None:
    helper = helped(cast)
    helped(cast, "10000201", "10000202", owner=cast.manager, right="view")
    send_postback(Client(), checkout := members(cast), postback_fields(checkout))
    waiting = invitation_to(cast, ROSA)
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": str(live_server)}]
    )
    owners, account = client_of(cast.laundry), cast.account("10000101").pk
    shared, payment = f"/pay/helping/{account}/", Payment.objects.get().pk
    for client, pages in (
        (None, {"invitation": f"/accounts/helpers/invitation/{waiting.new_link()}/"}),
        (
            owners,
            {
                "invite": "/accounts/helpers/invite/",
                "helper": f"/accounts/helpers/{helper.pk}/",
                "helpers": "/accounts/helpers/",
            },
        ),
        (
            client_of(cast.neighbour),
            {
                "dashboard": "/",
                "whom": "/accounts/helpers/",
                "helped-accounts": "/pay/helping/",
                "helped-account": shared,
                "helped-receipt": f"{shared}{payment}/",
                "quick": f"/pay/quick/?account={account}",
            },
        ),
    ):
        if client:
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            row = {"name": cookie.key, "value": cookie.value, "url": str(live_server)}
            page.context.add_cookies([row])  # type: ignore[list-item]
        for name, address in pages.items():
            answer = page.goto(address)
            assert answer
            assert (answer.status, page.url) == (200, f"{live_server}{address}")
            look_at(page, f"{name}-{language}")


def invitation_to(cast: Cast, email: str) -> Helper:
    day = cast.biller.today()
    helper = Helper.objects.create(owner=cast.laundry, email=email, right="view", ends_on=day)
    HelperAccount.objects.create(helper=helper, link=cast.laundry.links.get())
    return helper


def test_by_keyboard_and_without_scripts(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    helped(cast)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.route("**/*.js", lambda route: route.abort())
    sign_in(page, people.NEIGHBOUR_EMAIL, people.NEIGHBOUR_PASSWORD)
    card = page.get_by_role("region", name="12 Mill Street")
    card.get_by_role("link", name="Show balance").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("$84.20")
    page.get_by_role("button", name="Pay").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paying account ending in 0101")).to_be_visible()


def test_a_manager_shares_more_accounts(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    helper = helped(cast, "10000201", owner=cast.manager)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    sign_in(page, people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
    page.goto("/accounts/helpers/")
    page.get_by_role("link", name="Change").click()
    expect(page.get_by_role("link", name="Share more accounts")).to_be_visible()
    look_at(page, "change")
    page.get_by_role("link", name="Share more accounts").click()
    look_at(page, "share-more")
    page.get_by_role("button", name="Show more accounts").click()
    page.get_by_label("10000239").check()
    page.get_by_role("searchbox").fill("1000022")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_label("All 10 that match")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_label("10000239")).to_be_checked()
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_label("10000239")).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main")).to_contain_text("39 Maple Court")
    look_at(page, "share-more-rest")
    expect(page.get_by_label("Your helper's email")).to_have_value(people.NEIGHBOUR_EMAIL)
    page.get_by_label("Your helper's email").press("Enter")
    words = f"You now share 1 more account with {people.NEIGHBOUR_EMAIL}"
    expect(page.get_by_text(words)).to_be_visible()
    assert helper.accounts.count() == 2
