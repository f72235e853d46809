"""Change password: /accounts/sign-in/password/, and the mail when Invoice Cloud has another one."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.credentials import password_change
from accounts.models.credential_change import CredentialChange, Reason
from accounts.models.credential_change import State as ChangeState
from icsso.billing.session import State
from tests.accounts.changing_email import signed_in, state, words
from tests.accounts.changing_password import (
    ADDRESS,
    BEFORE,
    EMAIL,
    NEW,
    OLD,
    change,
    here,
    is_signed_in,
    record,
    sign_in,
)
from tests.accounts.one_time_links import link_in
from tests.accounts.there import There
from tests.cast import Cast

laundry = pytest.fixture(signed_in)


def test_sets_both_sides_and_tells_by_mail(
    there: There, laundry: Client, mailoutbox: list[EmailMessage]
) -> None:
    key = laundry.session.session_key
    page = change(laundry)
    assert page.redirect_chain == [("/accounts/sign-in/", 302)]
    assert "Your password was changed." in words(page)
    assert there.operations()[:2] == ["remote_authentication", "update_password"]
    assert here(NEW)
    assert there.has_password(EMAIL, NEW)
    assert laundry.session.session_key != key
    assert state(laundry) == State.CONNECTED
    assert record().state == ChangeState.COMPLETED
    assert None not in {record().approved_at, record().applied_at}
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([EMAIL], "Your password at Springfield Water was changed")


def test_everybody_else_is_signed_out_and_nothing_of_them_is_kept(laundry: Client) -> None:
    elsewhere = sign_in(OLD)
    key = elsewhere.session.session_key
    change(laundry)
    assert not is_signed_in(elsewhere)
    assert not Session.objects.filter(session_key=key).exists()
    assert Session.objects.count() == 1
    assert is_signed_in(laundry)


def test_a_wrong_current_password_asks_invoice_cloud_nothing(there: There, laundry: Client) -> None:
    page = change(laundry, current="guess after guess")
    assert "That password isn" in words(page)
    assert here(OLD)
    assert there.operations() == []
    assert not CredentialChange.objects.exists()


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("short", "at least 12"),
        ("iloveyouiloveyou", "too common"),
        ("willows laundry 1", "the utility&#x27;s name"),
        (OLD, "already your password"),
    ],
)
def test_a_bad_new_password_is_refused_with_the_reason(
    there: There, laundry: Client, new: str, why: str
) -> None:
    assert why in words(change(laundry, new=new))
    assert there.operations() == []


def test_trying_is_limited_before_the_password_is_hashed(
    laundry: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        change(laundry, current="guess after guess")
    monkeypatch.setattr("accounts.login.forms.check_password", lambda *_: pytest.fail("was hashed"))
    assert change(laundry).status_code == 429


def test_only_for_members(there: There, cast: Cast, client: Client) -> None:
    answer = client.post(ADDRESS, {"current": OLD, "password": NEW})
    assert answer["Location"].startswith("/accounts/login/")
    assert here(OLD)


def test_unknown_at_invoice_cloud_it_is_set_here_alone(there: There, laundry: Client) -> None:
    there.forget(EMAIL)
    change(laundry)
    assert here(NEW)
    assert record().applied_at
    assert there.has_password(EMAIL, NEW)  # registered again, at once, with the new one


def test_a_password_invoice_cloud_refuses_is_set_on_neither_side(
    there: There, laundry: Client
) -> None:
    there.fault("update_password", "refused", times=1)
    page = change(laundry)
    assert "be used on the billing pages. The request was refused." in words(page)
    assert here(OLD)
    assert there.has_password(EMAIL, OLD)
    assert (record().state, record().reason) == (ChangeState.ABANDONED, Reason.REFUSED)
    assert is_signed_in(laundry)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("remote_authentication", "unavailable"),
        ("remote_authentication", "too_many"),
        ("update_password", "too_many"),
        ("update_password", "unauthorized"),
        ("*", "unauthorized"),
    ],
)
def test_with_invoice_cloud_away_nothing_is_changed(
    there: There, laundry: Client, mailoutbox: list[EmailMessage], operation: str, kind: str
) -> None:
    there.fault(operation, kind)
    page = words(change(laundry))
    assert "othing was changed" in page
    assert ("available right now" in page) == (kind != "unauthorized")
    there.heal()
    assert here(OLD)
    assert there.has_password(EMAIL, OLD)
    reason = Reason.FAULT if kind == "unauthorized" else Reason.UNANSWERED
    assert (record().state, record().reason) == (ChangeState.ABANDONED, reason)
    assert mailoutbox == []
    assert is_signed_in(laundry)
    assert not is_signed_in(sign_in(NEW))
    assert state(sign_in(OLD)) == State.CONNECTED


def test_a_503_may_have_changed_it_and_is_completed_at_the_next_sign_in(
    there: There, laundry: Client
) -> None:
    there.fault("update_password", "unavailable")
    assert "nothing was changed" not in words(change(laundry))
    assert record().state == ChangeState.UNKNOWN_OUTCOME
    there.heal()
    there.register(EMAIL, NEW, "10000101")  # carried out before the 503
    assert state(sign_in(NEW)) == State.CONNECTED
    assert here(NEW)


@pytest.mark.parametrize("kind", ["hang", "reset", "server_error", "html"])
def test_a_lost_answer_when_comparing_changes_nothing(
    there: There, laundry: Client, kind: str, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_TIMEOUTS = {"remote_authentication": 1.0}
    there.fault("remote_authentication", kind)
    assert "nothing was changed" in words(change(laundry))
    assert record().state == ChangeState.ABANDONED


# Carried out or not: nobody knows, and the member may believe in either password.
UNKNOWN = ("hang", "reset", "hang_after", "reset_after", "truncated", "gateway_timeout")


@pytest.fixture(params=UNKNOWN)
def unknown(
    there: There, laundry: Client, request: pytest.FixtureRequest, settings: Settings
) -> Client:
    settings.INVOICE_CLOUD_TIMEOUTS = {"update_password": 1.0}
    there.fault("update_password", request.param)
    page = change(laundry)
    assert "t know yet which password is in use" in words(page)
    there.heal()
    settings.INVOICE_CLOUD_TIMEOUTS = {}
    assert here(OLD)
    assert CredentialChange.objects.open().get() == record()
    assert "Invoice Cloud did not answer" in str(record().standing)
    assert is_signed_in(laundry)
    return laundry


def test_unknown_outcome_then_the_old_password_completes_it(
    there: There, unknown: Client, mailoutbox: list[EmailMessage]
) -> None:
    assert state(sign_in(OLD)) == State.CONNECTED
    assert here(OLD)
    assert there.has_password(EMAIL, OLD)
    assert (record().state, record().reason) == (ChangeState.ABANDONED, Reason.KEPT)
    assert not is_signed_in(sign_in(NEW))  # and no password of before opens anything any more
    assert mailoutbox == []


@pytest.mark.parametrize("unknown", ["hang_after", "reset_after", "truncated"], indirect=True)
def test_unknown_outcome_then_the_new_password_that_only_invoice_cloud_has(
    there: There, unknown: Client, mailoutbox: list[EmailMessage]
) -> None:
    assert state(sign_in(NEW)) == State.CONNECTED
    assert here(NEW)
    assert there.has_password(EMAIL, NEW)
    assert record().state == ChangeState.COMPLETED
    assert not is_signed_in(unknown)
    assert [mail.subject for mail in mailoutbox] == [
        "Your password at Springfield Water was changed"
    ]


@pytest.mark.parametrize("unknown", ["hang", "reset"], indirect=True)
def test_unknown_outcome_then_the_new_password_that_nobody_has(
    there: There, unknown: Client
) -> None:
    assert not is_signed_in(sign_in(NEW))
    assert here(OLD)
    assert state(sign_in(OLD)) == State.CONNECTED


@pytest.mark.parametrize("unknown", ["reset_after"], indirect=True)
def test_unknown_outcome_then_changed_once_more(there: There, unknown: Client) -> None:
    assert "Your password was changed." in words(change(unknown))
    assert here(NEW)
    assert there.has_password(EMAIL, NEW)
    assert not CredentialChange.objects.open().exists()


@pytest.mark.parametrize("unknown", ["reset_after"], indirect=True)
def test_a_day_later_invoice_cloud_is_not_asked_about_a_password(
    there: There, unknown: Client
) -> None:
    CredentialChange.objects.update(approved_at=timezone.now() - timedelta(hours=25))
    there.calls()
    assert not is_signed_in(sign_in(NEW))
    assert there.operations() == []
    assert state(sign_in(OLD)) == State.CONNECTED
    assert there.has_password(EMAIL, OLD)


@pytest.mark.parametrize("unknown", ["reset_after"], indirect=True)
def test_a_reset_ends_the_new_password_of_a_change_that_broke_off(
    there: There, unknown: Client, mailoutbox: list[EmailMessage]
) -> None:
    Client().post("/accounts/password-reset/", {"email": EMAIL})
    there.fault("update_password", "unavailable")
    Client().post(link_in(mailoutbox.pop()), {"password": "third time is a charm"})
    assert there.has_password(EMAIL, NEW)
    assert not is_signed_in(sign_in(NEW))
    there.heal()
    assert state(sign_in("third time is a charm")) == State.CONNECTED
    assert there.has_password(EMAIL, "third time is a charm")


def test_without_an_open_change_invoice_cloud_is_never_asked_about_a_wrong_password(
    there: There, laundry: Client
) -> None:
    change(laundry)
    there.register(EMAIL, BEFORE, "10000101")
    there.calls()
    for email in (EMAIL, "nobody@example.com"):
        Client().post("/accounts/login/", {"username": email, "password": BEFORE})
    assert there.operations() == []


def test_broken_off_before_it_was_set_here(
    there: There, laundry: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the process died")

    with monkeypatch.context() as broken:
        broken.setattr("accounts.credentials.password_change._set_in_portal", crash)
        with pytest.raises(RuntimeError):
            change(laundry)
    assert there.has_password(EMAIL, NEW)
    assert here(OLD)
    assert state(sign_in(NEW)) == State.CONNECTED
    assert here(NEW)


def test_a_sign_in_with_the_old_password_in_the_midst_of_it_leaves_it_open(
    there: There, laundry: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_in_portal = password_change._set_in_portal

    def late(change: CredentialChange, password: str, *, tell: password_change.Tell) -> bool:
        assert state(sign_in(OLD)) == State.CONNECTED  # and puts the old one back there
        return set_in_portal(change, password, tell=tell)

    monkeypatch.setattr("accounts.credentials.password_change._set_in_portal", late)
    assert "t know yet which password" in words(change(laundry))
    assert here(OLD)
    assert state(sign_in(OLD)) == State.CONNECTED
    assert there.has_password(EMAIL, OLD)


def test_another_tab_whose_password_came_there_last_is_made_good(
    there: There, laundry: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tab's password is not the one that is set here, and its call was carried out after
    ours."""

    set_in_portal = password_change._set_in_portal

    def late(change: CredentialChange, password: str, *, tell: password_change.Tell) -> bool:
        others = CredentialChange.objects.create(member=change.member, kind="password")
        others.approve()
        others.lose_answer()
        there.register(EMAIL, "what the other tab has asked for", "10000101")
        return set_in_portal(change, password, tell=tell)

    monkeypatch.setattr("accounts.credentials.password_change._set_in_portal", late)
    assert "Your password was changed." in words(change(laundry))
    assert here(NEW)
    assert state(sign_in(NEW)) == State.CONNECTED
    assert there.has_password(EMAIL, NEW)
    assert not CredentialChange.objects.open().exists()
