"""A new email that Invoice Cloud did not answer: completed later, or withdrawn."""

from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.credentials import email_change, email_move, password_change
from accounts.credentials.resume import resume_by_clock
from accounts.models import User
from accounts.models.credential_change import CredentialChange, Reason
from accounts.models.credential_change import State as ChangeState
from accounts.ratelimit import forget_attempts
from icsso.billing.session import State
from icsso.client.client import InvoiceCloudClient
from tests.accounts.changing_email import (
    NEW,
    OLD,
    PASSWORD,
    RESET,
    ask,
    asked_for,
    assert_both,
    confirm,
    record,
    sign_in,
    signed_in,
    state,
    words,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

pytestmark = pytest.mark.any_database

laundry = pytest.fixture(signed_in)
link = pytest.fixture(asked_for)


@pytest.fixture(
    params=["unavailable", "hang", "reset", "hang_after", "reset_after", "truncated", "died"]
)
def broken_off(
    there: There,
    link: str,
    mailoutbox: list[EmailMessage],
    request: pytest.FixtureRequest,
    settings: Settings,
) -> str:
    """Confirmed, and nobody knows whether Invoice Cloud has carried it out."""
    settings.INVOICE_CLOUD_TIMEOUTS = {"update_email_address": 1.0}
    if request.param == "died":  # the process, before it asked
        CredentialChange.objects.update(state=ChangeState.IN_PROGRESS, confirmed_at=timezone.now())
        return link
    there.fault("update_email_address", request.param)
    page = confirm(link)
    assert "will change as soon as the billing pages are back" in words(page)
    assert f"Until then, sign in with {OLD}." in words(page)
    told = mailoutbox.pop()
    assert (told.to, mailoutbox) == ([OLD], [])
    assert told.subject == "Your email at Springfield Water is about to change"
    assert NEW in str(told.body)
    assert "Choose a new one right away" in str(told.body)
    there.heal()
    settings.INVOICE_CLOUD_TIMEOUTS = {}
    assert "Invoice Cloud did not answer" in str(record().standing)
    return link


def test_the_old_address_hears_once_that_a_change_is_under_way(
    there: There, cast: Cast, link: str, mailoutbox: list[EmailMessage]
) -> None:
    """Even when the process died before it asked Invoice Cloud: then by the clock."""
    CredentialChange.objects.update(state=ChangeState.IN_PROGRESS, confirmed_at=timezone.now())
    there.fault("*", "unavailable")
    resume_by_clock()
    resume_by_clock()
    confirm(link)
    assert [mail.to for mail in mailoutbox] == [[OLD]]


def test_broken_off_then_completed_by_the_clock(
    there: There, cast: Cast, broken_off: str, mailoutbox: list[EmailMessage]
) -> None:
    assert resume_by_clock() == 1
    assert [mail.to for mail in mailoutbox] == [[OLD], [NEW]]
    assert_both(there, cast, NEW, not_any_more=OLD)


def test_broken_off_then_completed_by_a_sign_in_with_the_old_address(
    there: There, cast: Cast, broken_off: str, mailoutbox: list[EmailMessage]
) -> None:
    assert state(sign_in(OLD)) == State.CONNECTED
    assert [mail.to for mail in mailoutbox] == [[OLD], [NEW]]
    assert_both(there, cast, NEW, not_any_more=OLD)


def test_broken_off_then_gone_on_with_by_the_same_link(
    there: There, cast: Cast, broken_off: str
) -> None:
    confirm(broken_off)
    assert_both(there, cast, NEW, not_any_more=OLD)


def test_a_sign_in_with_invoice_cloud_still_away_leaves_it_open(
    there: There, cast: Cast, link: str
) -> None:
    there.fault("*", "unavailable")
    confirm(link)
    assert state(sign_in(OLD)) == State.AWAY
    there.heal()
    there.fault("update_email_address", "unavailable")
    assert state(sign_in(OLD)) == State.CONNECTED
    assert CredentialChange.objects.open().exists()
    there.heal()
    resume_by_clock()
    assert_both(there, cast, NEW, not_any_more=OLD)


def test_asked_anew_while_one_is_open_that_one_is_completed_first(
    there: There, cast: Cast, laundry: Client, link: str, mailoutbox: list[EmailMessage]
) -> None:
    there.fault("update_email_address", "reset_after")
    confirm(link)
    there.heal()
    ask(laundry, email="mill@example.com")
    confirm(link_in(mailoutbox[-1]))
    assert_both(there, cast, "mill@example.com", not_any_more=NEW)


def reset(mailoutbox: list[EmailMessage], email: str = OLD) -> Client:
    forget_attempts()  # a minute later
    client = Client()
    client.post("/accounts/password-reset/", {"email": email})
    [asked] = [mail for mail in mailoutbox if "/password-reset/" in str(mail.body)]
    client.post(link_in(asked), {"password": RESET})
    return client


def assert_stayed(there: There, cast: Cast) -> None:
    """Under the old address, with the password of the reset, on both sides."""
    member = User.objects.get(pk=cast.laundry.pk)
    assert member.email == OLD
    assert member.check_password(RESET)
    assert there.has_password(OLD, RESET)
    assert there.user(OLD)["accounts"] == ["10000101"]
    assert there.user(NEW) is None
    assert not CredentialChange.objects.open().exists()
    assert (record().state, record().reason) == (ChangeState.ABANDONED, Reason.KEPT)
    assert state(sign_in(OLD, RESET)) == State.CONNECTED


def test_broken_off_then_taken_back_by_a_new_password_by_mail(
    there: There, cast: Cast, broken_off: str, mailoutbox: list[EmailMessage]
) -> None:
    """Somebody who knew the old password may have asked for it, and confirmed it."""
    assert state(reset(mailoutbox)) == State.CONNECTED
    assert_stayed(there, cast)
    assert Client().get(broken_off).status_code == 410
    assert resume_by_clock() == 0
    assert_stayed(there, cast)


@pytest.mark.parametrize("goes_on", ["the clock", "a sign-in"])
def test_taken_back_with_invoice_cloud_away_it_is_moved_back_later(
    there: There,
    cast: Cast,
    broken_off: str,
    mailoutbox: list[EmailMessage],
    goes_on: str,
) -> None:
    there.fault("*", "unavailable")
    reset(mailoutbox)
    assert resume_by_clock() == 0
    assert Client().get(broken_off).status_code == 410
    there.heal()
    if goes_on == "the clock":
        assert resume_by_clock() == 0
        assert not CredentialChange.objects.open().filter(kind="email").exists()
    page = sign_in(OLD, RESET).get("/accounts/sign-in/")
    assert "Changing to" not in words(page)
    assert_stayed(there, cast)


def test_broken_off_then_taken_back_by_changing_the_password(
    there: There, cast: Cast, broken_off: str
) -> None:
    row = {"current": PASSWORD, "password": RESET}
    page = sign_in_here().post("/accounts/sign-in/password/", row, follow=True)
    assert "Your password was changed." in words(page)
    assert_stayed(there, cast)


def sign_in_here() -> Client:
    """Signed in since before it broke off."""
    client = Client()
    client.force_login(User.objects.get(email=OLD))
    return client


@pytest.fixture
def reset_while_moving(
    there: There, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call to Invoice Cloud is under way when the owner sets a new password."""
    move = email_move._move_at_invoice_cloud

    def late(change: CredentialChange, client: InvoiceCloudClient) -> None:
        reset(mailoutbox)
        move(change, client)

    monkeypatch.setattr(email_move, "_move_at_invoice_cloud", late)


def test_taken_back_at_the_very_moment_it_is_carried_out(
    there: There, cast: Cast, link: str, reset_while_moving: None
) -> None:
    assert confirm(link).status_code == 410
    assert_stayed(there, cast)


def test_taken_back_at_the_very_moment_and_nobody_knows_whether_it_was_carried_out(
    there: There, cast: Cast, link: str, reset_while_moving: None
) -> None:
    there.fault("update_email_address", "reset_after", times=1)
    thief = Client()
    confirm(link, thief)
    assert thief.get("/accounts/").status_code == 302  # with the old password: not signed in
    assert there.user(NEW)
    assert resume_by_clock() == 0
    assert_stayed(there, cast)


def test_a_new_password_while_the_link_is_followed_ends_it(
    there: There,
    cast: Cast,
    link: str,
    mailoutbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    confirm_it = email_change.confirm

    def late(change: CredentialChange) -> bool:
        reset(mailoutbox)
        return confirm_it(change)

    monkeypatch.setattr(email_change, "confirm", late)
    assert confirm(link).status_code == 410
    assert there.has_password(OLD, RESET)
    assert there.user(NEW) is None


@pytest.fixture
def while_resetting(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens while a reset is setting the password at Invoice Cloud."""
    happens: list[Callable[[], object]] = []
    set_there = password_change._set_at_invoice_cloud

    def late(change: CredentialChange, password: str) -> bool:
        while happens:
            happens.pop()()
        return set_there(change, password)

    monkeypatch.setattr(password_change, "_set_at_invoice_cloud", late)
    return happens


def test_the_clock_does_not_carry_it_out_while_a_reset_is_under_way(
    there: There,
    cast: Cast,
    link: str,
    mailoutbox: list[EmailMessage],
    while_resetting: list[Callable[[], object]],
) -> None:
    there.fault("update_email_address", "unavailable")
    confirm(link)
    there.heal()
    while_resetting.append(resume_by_clock)
    reset(mailoutbox)
    assert_stayed(there, cast)


def test_confirmed_while_a_reset_is_under_way_it_is_taken_back_all_the_same(
    there: There,
    cast: Cast,
    link: str,
    mailoutbox: list[EmailMessage],
    while_resetting: list[Callable[[], object]],
) -> None:
    def confirmed() -> None:
        there.fault("update_email_address", "unavailable")
        confirm(link)
        there.heal()

    while_resetting.append(confirmed)
    reset(mailoutbox)
    assert_stayed(there, cast)
