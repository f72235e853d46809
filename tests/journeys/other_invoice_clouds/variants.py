"""One walk through stories 1 to 10, 13, and 15 in a browser, at each variant of the sandbox by
itself. Not part of the suite: run before releases (sandbox/README.md says when it last was).

    make test-variants                      (all of them)
    make test-variants VARIANTS=payload     (those with this in their name)
    make test-variants VARIANTS=together    (in a few walks, all but `contrary`)

Where the contract expects that the portal copes, the biller has no wire profile. Elsewhere it has
the one that the probe printed, and what no probe can find out (TOLD).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from itertools import filterfalse
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.invoice_cloud.background import background_work
from accounts.models import LinkedAccount, Member
from icsso.billers.models import Biller
from payments.models import PaymentLine, Postback
from sandbox.variants.registry import CONTRARY, VARIANTS, expand, wire_of
from sandbox.variants.wire import Wire, contract
from tests import cast as people
from tests.cast import Cast
from tests.icsso.probe.walking import walk as probe
from tests.journeys.accounts import test_story_2_registration as story_2
from tests.journeys.accounts import test_story_10_credentials as story_10
from tests.journeys.accounts import test_story_15_existing_login as story_15
from tests.journeys.walks import STATUS, approve, frame, link_in_mail, sign_in, until
from tests.sandbox_process import SandboxProcess

# Invoice Cloud itself has to say it, or the first postback: part of the profile, and why.
TOLD: Mapping[str, tuple[str, str]] = {
    "rest_on_other_host": ("operations", "the name of a server cannot be guessed"),
    "sso_at_other_address": ("sso", "nor can any path of a server"),
    "postback_approved_word": ("postback", "the probe pays nothing; the review queue shows it"),
    "postback_approved_upper_case": ("postback", "the probe pays nothing; the same"),
    "postback_other_names": ("postback", "the probe pays nothing; the first postback shows it"),
    "postback_in_central_time": ("postback", "no postback says which zone its time is in"),
}
# Django's server for tests reads no body in chunks: tests/payments/postbacks/test_chunked.py.
ELSEWHERE = {"postback_chunked"}
PAGES = {
    "bills": "Account 10000101",
    "paperless": "Paperless for account 10000101",
    "autopay": "AutoPay settings",
    "payment-methods": "Saved cards and bank accounts",
    "scheduled-payments": "Schedule a payment",
    "pay-by-text": "Enroll a phone",
}
SECONDS = 60  # for one step, on a machine that does something else as well
OTHER_PASSWORD = "a window over the river"
expect.set_options(timeout=SECONDS * 1000)


def together(label: str, names: Iterable[str], alike: Callable[[str], str]) -> dict[str, list[str]]:
    """Returns walks with several variants on, but only one of each kind, so that none hides
    another. The largest kind decides how many walks there are."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(alike(name), []).append(name)
    most = max(len(kind) for alike_by, kind in kinds.items() if alike_by)
    walks: list[list[str]] = [[] for _ in range(most)]
    for kind in kinds.values():
        for place, name in enumerate(kind):
            walks[place % most].append(name)
    return {f"{label}-{place}": walk for place, walk in enumerate(walks, 1)}


def group_of(name: str) -> str:
    return VARIANTS[name].group


def part_of(name: str) -> str:
    """Returns the part of the wire that a variant changes, such as sso: a profile has a part for
    each, and so names each difference."""
    plain, wire = contract(), wire_of(expand([name]))
    parts = (part.name for part in fields(Wire))
    return next(part for part in parts if getattr(wire, part) != getattr(plain, part))


def needs_profile(name: str) -> bool:
    return name == CONTRARY or VARIANTS[name].copes == "profile"


# What is on in each walk.
ALONE = [name for name in VARIANTS if name not in ELSEWHERE]
TOGETHER = {
    **together("together", filterfalse(needs_profile, ALONE), group_of),
    **together("together-with-profile", filter(needs_profile, ALONE), part_of),
}
WALKS = {"plain": [], CONTRARY: [CONTRARY], **{name: [name] for name in ALONE}, **TOGETHER}


def profile_for(sandbox: SandboxProcess, name: str) -> dict[str, Any]:
    """What an operator enters: nothing, or what they were told and the probe found out."""
    if not any(map(needs_profile, WALKS[name])):
        return {}
    knows = sandbox.wire_profile(*WALKS[name])
    servers = {one["host"] for one in knows.get("operations", {}).values() if "host" in one}
    address = knows.get("sso", {}).get("address")
    told = {"sso": {"address": address}} if address else {}
    walked = probe(sandbox, profile=told, hosts=tuple(servers))
    assert walked.exit_code < 2, walked.words
    told = {"postback": knows["postback"]} if "postback" in knows else {}
    return walked.profile | told


@pytest.mark.parametrize("name", WALKS)
def test_the_stories(page: Page, sandbox: SandboxProcess, cast: Cast, name: str) -> None:
    page.set_default_timeout(SECONDS * 1000)
    sandbox.vary(*WALKS[name])
    Biller.objects.update(wire_profile=profile_for(sandbox, name))
    sandbox.control("POST", "/_control/api/users/expire-tokens", LAUNDRY)  # those of the probe
    on = set(sandbox.control("GET", "/_control/api/variants")["on"])
    declined_then_paid(page, sandbox)
    every_billing_page(page)
    quick_payment(page, sandbox)
    credentials(page, sandbox, cast)
    registrations(page, sandbox, on)
    existing_login(page, sandbox)
    another_password(page, sandbox, cast)
    assert not Postback.objects.filter(verdict="review").exists()


LAUNDRY = {"api_key": people.API_KEY, "email": people.LAUNDRY_EMAIL}


def declined_then_paid(page: Page, sandbox: SandboxProcess) -> None:
    """Story 9, a guest with two bills."""
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000104")
    page.get_by_role("button", name="Continue to payment").click()
    page.route(STATUS, lambda route: route.abort())  # or the portal leads to the receipt
    frame(page).get_by_role("button", name="Decline").click()
    until(page, Postback.objects.filter(verdict="declined").exists, "the decline")
    frame(page).get_by_role("link", name="Try again").click()
    page.unroute(STATUS)
    approve(page)
    expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
    assert_paid(sandbox, page, "10000104")


def assert_paid(sandbox: SandboxProcess, page: Page, number: str) -> None:
    """The portal has recorded exactly what Invoice Cloud says was paid for this account."""
    made = [one for one in sandbox.state("payments") if one["approved"]]
    there = [one for one in made if one["account_number"] == number]
    paid = sum(Decimal(one["amount"]) for one in there)
    assert paid > 0
    until(page, lambda: total(number) == paid, "all of it")


def total(number: str) -> Decimal:
    lines = PaymentLine.objects.filter(payment__account__account_number=number)
    return sum((line.amount for line in lines), Decimal(0))


def every_billing_page(page: Page) -> None:
    """Stories 1 and 3 to 8."""
    sign_in(page, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD)
    expect(page.get_by_text("$84.20").first).to_be_visible()
    assert background_work.wait(60)
    for slug, words in PAGES.items():
        page.goto(f"/billing/{slug}/")
        shown = frame(page)
        expect(shown.get_by_text(words).or_(shown.get_by_label(words)).first).to_be_visible()


def quick_payment(page: Page, sandbox: SandboxProcess) -> None:
    page.goto("/pay/quick/")
    page.get_by_role("button", name="Continue to payment").click()
    approve(page)
    expect(page.get_by_role("heading", name="Paid", exact=True)).to_be_visible()
    assert_paid(sandbox, page, "10000101")


def credentials(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    """Story 10: password, email, and the password that was forgotten."""
    page.goto("/accounts/")
    story_10.open_my_sign_in(page)
    story_10.change_password(page)
    expect(page.get_by_text("Your password was changed.")).to_be_visible()
    page.get_by_role("link", name="Change email").click()
    page.get_by_label("New email").fill(story_10.NEW_EMAIL)
    page.get_by_label("Current password", exact=True).fill(story_10.NEW)
    page.get_by_role("button", name="Send the email").click()
    expect(page.get_by_text(f"Changing to {story_10.NEW_EMAIL}")).to_be_visible()
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/sign-in/email/confirm/"))
    page.get_by_label("Password", exact=True).fill(story_10.NEW)
    page.get_by_role("button", name="Change email").click()
    expect(page.get_by_text(f"From now on, sign in with {story_10.NEW_EMAIL}.")).to_be_visible()
    story_10.assert_both_hold(sandbox, cast, story_10.NEW_EMAIL, story_10.NEW)
    leave(page)
    page.goto("/accounts/password-reset/")
    page.get_by_label("Email").fill(story_10.NEW_EMAIL)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/password-reset/"))
    page.locator("input[type=password]").fill(OTHER_PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    story_10.assert_both_hold(sandbox, cast, story_10.NEW_EMAIL, OTHER_PASSWORD)
    leave(page)


def registrations(page: Page, sandbox: SandboxProcess, on: set[str]) -> None:
    """Story 2: unknown there, known and free, and somebody else's."""
    new = story_2.EMAIL, "harold@example.com", "visitor@example.com"
    story_2.register(page, account="10000103", name="George Lindqvist", email=new[2])
    finish(page)
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("10000103").first).to_be_visible()
    assert sandbox.customer("10000103")["registered_by"] == new[2]
    if "credits_as_zero" not in on:
        page.goto("/")
        expect(page.get_by_text("Your credit")).to_be_visible()
    leave(page)
    story_2.register(page, account="10000105", name="Harold Becker", email=new[1])
    finish(page)
    page.goto("/billing/bills/")
    no_bill = page.get_by_text("We do not have a bill for this account yet.")
    if "first_bill_needed" in on:
        expect(no_bill).to_be_visible()
    else:
        expect(frame(page).get_by_text("10000105").first).to_be_visible()
        assert sandbox.customer("10000105")["registered_by"] == new[1]
    leave(page)
    story_2.register(page, account="10000106", name="Mei Chen", email="mei@example.net")
    finish(page)
    page.goto("/billing/bills/")
    expect(page.get_by_role("main")).to_contain_text("already online")
    link = LinkedAccount.objects.get(member__email="mei@example.net")
    assert link.state == LinkedAccount.State.ELSEWHERE
    assert sandbox.customer("10000106")["registered_by"] == "mei.chen@example.org"
    leave(page)


def finish(page: Page) -> None:
    story_2.finish(page)
    assert background_work.wait(60)


def existing_login(page: Page, sandbox: SandboxProcess) -> None:
    """Story 15, with a wrong password before the right one."""
    user = {"api_key": people.API_KEY, "email": story_15.EMAIL, "password": story_15.PASSWORD}
    sandbox.control("POST", "/_control/api/users", {**user, "accounts": ["10000104"]})
    story_15.bring(page, "not the password there")
    expect(page.get_by_role("alert")).to_contain_text("create an online account")
    story_15.bring(page)
    expect(page.get_by_role("heading", name=re.compile("We found"))).to_be_visible()
    page.goto(link_in_mail(mail.outbox[-1], story_15.START))
    page.get_by_label("Password", exact=True).fill(story_15.PASSWORD)
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_text(re.compile("Welcome!")).first).to_be_visible()
    [link] = LinkedAccount.objects.filter(member__email=story_15.EMAIL)
    assert (link.account.account_number, link.state) == ("10000104", "registered")
    assert Member.objects.get(email=story_15.EMAIL).check_password(story_15.PASSWORD)
    leave(page)


def another_password(page: Page, sandbox: SandboxProcess, cast: Cast) -> None:
    """Story 1: Invoice Cloud knows another password, and nothing is registered over it."""
    user = {"api_key": people.API_KEY, "email": story_10.NEW_EMAIL, "password": "known there only"}
    sandbox.control("POST", "/_control/api/users", {**user, "accounts": ["10000101"]})
    sign_in(page, story_10.NEW_EMAIL, OTHER_PASSWORD)
    page.goto("/billing/bills/")
    expect(page.get_by_role("main")).to_contain_text("Reconnect")
    assert background_work.wait(60)
    assert sandbox.control("POST", "/_control/api/users/check", user)["matches"]
    page.goto(link_in_mail(mail.outbox[-1], "/accounts/reconnect/"))
    page.get_by_label("Password", exact=True).fill(OTHER_PASSWORD)
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_text("Your billing pages are connected again.")).to_be_visible()
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("10000101").first).to_be_visible()
    story_10.assert_both_hold(sandbox, cast, story_10.NEW_EMAIL, OTHER_PASSWORD)


def leave(page: Page) -> None:
    """Signs out, without the page."""
    page.goto("/robots.txt")
    page.context.clear_cookies()
