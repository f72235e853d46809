"""What a mail server answers, at each step, and what becomes of the email. Nothing is mocked."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts.models import Member, StaffUser, UndeliveredEmail
from accounts.notifications import delivery
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import EmailNotSent, deliver
from accounts.notifications.smtp_answers import Answer, Fault, answer_of
from icsso.billers.models import Biller
from tests.accounts.notifications.mail_server import HANG_UP, SILENT, MailServer
from tests.cast import Cast
from tests.workers import WORKERS

ADDRESS = "ana@example.com"
SEEN = f"user {ADDRESS} unknown here"

# Before the recipient is named, every failure is ours.
OURS = [
    ("connect", "554 5.3.2 no service here"),
    ("connect", HANG_UP),
    ("EHLO", "550 5.7.1 who are you?"),
    ("EHLO", HANG_UP),
    ("AUTH", "535 5.7.8 wrong user name or password"),
    ("AUTH", "535 wrong user name or password"),
    ("AUTH", "534 5.7.9 needs another mechanism"),
    ("AUTH", "530 5.7.0 STARTTLS first"),
    ("MAIL", "530 5.7.0 authentication required"),
    ("MAIL", "550 5.7.1 sender not allowed"),
    ("MAIL", "553 5.1.8 sender's domain does not exist"),
    ("MAIL", "501 5.1.7 bad sender"),
    ("MAIL", "552 5.3.4 too big"),
    ("MAIL", HANG_UP),
    ("RCPT", "530 5.7.0 authentication required"),
    ("RCPT", "554 5.7.1 Relay access denied"),
    ("RCPT", "550 5.7.1 not permitted to relay"),
    ("RCPT", "554 transaction failed"),
    ("RCPT", "503 5.5.1 bad sequence"),
    ("RCPT", "571 delivery not authorized, message refused"),
    ("RCPT", HANG_UP),
    ("DATA", "503 5.5.1 bad sequence"),
    ("end", "550 5.7.26 unauthenticated sender domain"),
    ("end", "554 5.7.1 message looks like spam"),
    ("end", "554 rejected: our address is not verified"),
    ("end", "550 5.6.0 what is this?"),
    ("end", HANG_UP),
    ("RCPT", "550 relay not permitted"),
    ("RCPT", "550 Authentication is required for relay"),
    ("RCPT", f"553 <{ADDRESS}>: Sender address rejected: not owned by user"),
    ("RCPT", "550 Sender verify failed"),
    ("RCPT", "550 5.1.0 Sender denied"),
    ("RCPT", "550 5.0.0 Access denied"),
    ("RCPT", "550 #5.7.1 your access has been rejected"),
    ("RCPT", "553 sorry, that domain isn't in my list of allowed hosts (#5.7.1)"),
    ("RCPT", "550 5.7.1: not here"),
    ("RCPT", "550 blocked using a list of bad networks"),
    ("RCPT", "550 you must log in first"),
    ("RCPT", "550 STARTTLS is required"),
    ("RCPT", "550 administrative prohibition"),
    ("RCPT", "553 5.3.0 relaying denied"),
    ("end", "552 5.3.4 too big for the system"),
    ("end", "550 rejected"),
    ("end", "553 rejected"),
    ("end", "550 this looks like spam"),
    ("RCPT", "553 5.7.2 [TSS09] All messages from 203.0.113.7 will be permanently deferred"),
    ("RCPT", "553 5.7.2 All messages from 203.0.113.7 will be permanently deferred"),
    ("RCPT", "554 [TSS09] Messages from you will be deferred"),
    ("RCPT", "550 5.4.5 daily user sending limit exceeded"),
    ("end", "550 5.1.90 you've reached your daily limit for message recipients"),
]
# The server says that it passes, and is believed for half an hour.
PASSING = [
    ("connect", "421 4.3.2 come back later"),
    ("STARTTLS", "454 4.7.0 TLS not available"),
    ("AUTH", "454 4.7.0 temporary authentication failure"),
    ("AUTH", "421 4.7.0 too many logins"),
    ("MAIL", "421 4.3.2 shutting down"),
    ("MAIL", "451 4.3.0 later"),
    ("MAIL", "452 4.3.1 no room"),
]
RECIPIENT = [
    ("RCPT", f"550 5.1.1 {SEEN}"),
    ("RCPT", f"550 {SEEN}"),
    ("RCPT", "551 5.1.6 moved"),
    ("RCPT", "551 moved"),
    ("RCPT", "553 5.1.3 not an address"),
    ("RCPT", "553 mailbox name not allowed"),
    ("RCPT", "501 5.1.3 not an address"),
    ("RCPT", "550 5.1.2 no such domain"),
    ("RCPT", "550 5.1.10 domain accepts no mail"),
    ("RCPT", "556 5.1.10 domain accepts no mail"),
    ("RCPT", "521 5.3.2 host accepts no mail"),
    ("RCPT", "550 5.7.136 sender was not authenticated for this mail user"),
    ("RCPT", "554 5.1.1 no such user"),
    ("RCPT", "554 delivery error: dd This user doesn't have a yahoo.com account"),
    ("RCPT", "550 5.2.1 mailbox disabled"),
    ("RCPT", "550 5.4.1 recipient address rejected"),
    ("RCPT", "550 5.5.0 mailbox unavailable"),
    ("RCPT", "525 5.7.13 account disabled"),
    ("RCPT", "552 5.2.3 too long for this mailbox"),
    ("end", "550 5.1.1 no such user"),
    ("end", "550 no such user"),
    ("RCPT", f"550 {ADDRESS}"),
    ("RCPT", "550 host unknown"),
    ("RCPT", "550 we do not want it"),
    ("RCPT", f"550 <{ADDRESS}>: Recipient address rejected: User unknown in relay recipient table"),
    ("RCPT", f"550 relay.example.com does not know <{ADDRESS}>"),
    ("RCPT", "550 sorry, no mailbox here by that name. (#5.1.1)"),
    ("RCPT", "550 #5.1.0 address rejected"),
    ("RCPT", "550 5.2.0 account disabled"),
    ("RCPT", "540 recipient unknown"),
    ("RCPT", "554 no such user"),
    ("end", "550 mailbox unavailable"),
    ("RCPT", "550 5.4.310 DNS domain does not exist"),
    ("RCPT", "550 5.7.133 sender not authenticated for group"),
    ("RCPT", "550 5.7.2 The sender is not authorized to send to the intended mailing list"),
    ("RCPT", "550 5.7.2 Mailing list expansion prohibited"),
    ("RCPT", "550 5.7.2 Only members may post; access denied"),
    ("RCPT", "550 This mailbox does not accept messages from outside"),
]
LATER = [
    ("RCPT", "421 4.3.2 shutting down"),
    ("RCPT", "450 4.2.0 greylisted"),
    ("RCPT", "450 mailbox busy"),
    ("RCPT", "451 4.7.1 greylisted"),
    ("RCPT", "451 local error"),
    ("RCPT", "452 4.3.1 no room"),
    ("RCPT", "452 4.2.2 mailbox full"),
    ("RCPT", "552 5.2.2 mailbox full"),
    ("RCPT", "552 mailbox full"),
    ("RCPT", "523 the recipient's mailbox is full"),
    ("RCPT", "550 mailbox is full"),
    ("RCPT", "550 user is over quota"),
    ("RCPT", "554 5.2.2 mailbox full"),
    ("RCPT", "554 5.2.122 too many messages in an hour"),
    ("RCPT", "550 5.3.0 system trouble"),
    ("RCPT", "550 5.4.6 routing loop"),
    ("DATA", "421 4.3.2 shutting down"),
    ("DATA", "451 4.3.0 later"),
    ("end", "421 4.3.2 shutting down"),
    ("end", "450 4.2.0 later"),
    ("end", "451 later"),
    ("end", "452 4.3.1 no room"),
    ("end", "552 5.2.2 mailbox full"),
]


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    settings.TASKS = WORKERS
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_TIMEOUT = 5
    with MailServer() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def waiting(biller: Biller) -> DBTaskResult:
    member = Member(biller=biller, email=ADDRESS, language="en")
    notifications.password_changed(member, link="https://pay.example/accounts/password-reset/")()
    return DBTaskResult.objects.get()


def attempt(task: DBTaskResult) -> str:
    said: str = deliver.call(*task.args_kwargs["args"])
    return said


def retries() -> list[DBTaskResult]:
    return list(DBTaskResult.objects.filter(priority__lt=0, run_after__gt=timezone.now()))


def arrange(server: MailServer, settings: Settings, step: str, answer: str) -> None:
    server.answers[step] = answer
    settings.EMAIL_USE_TLS = step == "STARTTLS"
    if step == "AUTH":
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "hush-hush-hush"


def repair(server: MailServer, settings: Settings) -> None:
    server.answers.clear()
    settings.EMAIL_USE_TLS = False


@pytest.mark.any_database
@pytest.mark.parametrize("at", OURS, ids="-".join)
def test_our_own_fault_is_retried_and_loud(
    server: MailServer,
    waiting: DBTaskResult,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    at: tuple[str, str],
) -> None:
    step, answer = at
    arrange(server, settings, step, answer)
    with pytest.raises(EmailNotSent):
        attempt(waiting)
    [line] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert ADDRESS not in line.getMessage()
    assert answer == HANG_UP or answer[:3] in line.getMessage() or step == "STARTTLS"
    assert server.messages == []
    assert not UndeliveredEmail.objects.exists()
    [again] = retries()
    repair(server, settings)
    assert attempt(again) == "sent"
    assert [message["To"] for message in server.messages] == [ADDRESS]


def test_a_mail_server_that_is_away_is_our_fault(
    server: MailServer, waiting: DBTaskResult, settings: Settings
) -> None:
    settings.EMAIL_PORT = 9
    with pytest.raises(EmailNotSent, match="ConnectionRefusedError"):
        attempt(waiting)
    assert len(retries()) == 1


@pytest.mark.any_database
@pytest.mark.parametrize(("step", "answer"), RECIPIENT)
def test_a_mailbox_that_does_not_exist_is_final_and_staff_see_it(
    server: MailServer,
    waiting: DBTaskResult,
    caplog: pytest.LogCaptureFixture,
    step: str,
    answer: str,
) -> None:
    server.answers[step] = answer
    assert attempt(waiting).startswith(f"refused: {answer[:3]}")
    assert retries() == []
    [seen] = UndeliveredEmail.objects.all()
    assert (seen.email, seen.notification, seen.reason) == (ADDRESS, "password_changed", "refused")
    assert all(number in answer for number in seen.code.split())
    assert set(seen.code) <= set("0123456789. ")
    assert ADDRESS not in caplog.text


@pytest.mark.any_database
@pytest.mark.parametrize(("step", "answer"), LATER)
def test_what_passes_is_retried_quietly(
    server: MailServer,
    waiting: DBTaskResult,
    caplog: pytest.LogCaptureFixture,
    step: str,
    answer: str,
) -> None:
    server.answers[step] = answer
    assert attempt(waiting).startswith("not accepted yet")
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert not UndeliveredEmail.objects.exists()
    server.answers.clear()
    [again] = retries()
    assert attempt(again) == "sent"


@pytest.mark.any_database
@pytest.mark.parametrize("at", PASSING, ids="-".join)
def test_what_should_pass_and_does_not_gets_loud(
    server: MailServer,
    waiting: DBTaskResult,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    at: tuple[str, str],
) -> None:
    arrange(server, settings, *at)
    task = waiting
    for _ in range(delivery.PATIENCE):
        assert attempt(task).startswith("not accepted yet")
        task = DBTaskResult.objects.exclude(pk=waiting.pk).latest("run_after")
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert task.run_after - waiting.enqueued_at > timedelta(minutes=20)
    with pytest.raises(EmailNotSent):
        attempt(task)
    assert [each for each in caplog.records if each.levelno == logging.ERROR]
    assert not UndeliveredEmail.objects.exists()


TELLING = st.sampled_from(["relay", "sender", "spam", "auth", "blocked", "policy", "helo"])


@given(TELLING, TELLING, st.sampled_from(["<{}>", "<{}>:", "{}", "{}...", '"{}"']))
def test_what_a_server_quotes_is_not_what_it_says(name: str, host: str, quote: str) -> None:
    quoted = quote.format(f"{name}@{host}.example")
    for words in (f"{quoted} is not here", f"{host}.example: nobody called {quoted}"):
        assert refused(550, words.encode()).fault is Fault.RECIPIENT


@given(st.integers(-1, 999), st.binary(max_size=80))
def test_whatever_a_server_answers_only_numbers_are_kept(code: int, said: bytes) -> None:
    for answer in (refused(code, said), answer_of(SMTPDataError(code, said))):
        assert re.fullmatch(r"-?\d+( [45]\.\d{1,3}\.\d{1,3})?", answer.code)
        assert answer.fault is not Fault.RECIPIENT or code >= 500


def refused(code: int, said: bytes) -> Answer:
    return answer_of(SMTPRecipientsRefused({ADDRESS: (code, said)}))


def test_of_two_recipients_one_may_be_refused(server: MailServer, biller: Biller) -> None:
    server.answers["old@example.com"] = "550 5.1.1 no such user"
    member = Member(biller=biller, email="new@example.com", language="en")
    for send in notifications.email_changed(member, old_email="old@example.com"):
        send()
    for task in DBTaskResult.objects.all():
        attempt(task)
    assert sorted(server.tried) == ["new@example.com", "old@example.com"]
    assert [message["To"] for message in server.messages] == ["new@example.com"]
    assert [seen.email for seen in UndeliveredEmail.objects.all()] == ["old@example.com"]


def test_pauses_grow_and_end_after_some_days(
    server: MailServer, waiting: DBTaskResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["MAIL"] = "550 5.7.1 sender not allowed"
    clock, pauses, task = [timezone.now()], [], waiting
    monkeypatch.setattr(delivery.timezone, "now", lambda: clock[0])
    while clock[0] < waiting.enqueued_at + delivery.LIFE:
        with pytest.raises(EmailNotSent):
            attempt(task)
        task = DBTaskResult.objects.exclude(pk=waiting.pk).latest("run_after")
        pauses.append(task.run_after - clock[0])
        clock[0] = task.run_after
    minutes = [pause // timedelta(minutes=1) for pause in pauses]
    assert minutes == [1, 4, 10, 20, 60] + [240] * (len(minutes) - 5)
    clock[0] += timedelta(seconds=1)
    assert attempt(task) == "dropped: it is too old"
    assert UndeliveredEmail.objects.get().reason == "given_up"


def test_staff_see_it_on_the_members_page_without_its_contents(
    cast: Cast, client: Client, server: MailServer
) -> None:
    server.answers["RCPT"] = "550 5.1.1 no such user"
    link = "https://pay.example/accounts/password-reset/a-secret/"
    notifications.reset_password(cast.laundry, link=link)()
    attempt(DBTaskResult.objects.get())
    operator = StaffUser.objects.create_superuser("operator@example.com", "quiet lanterns there")
    client.force_login(operator)
    page = client.get(f"/admin/accounts/member/{cast.laundry.pk}/change/").content.decode()
    assert "link for a new password, the mailbox does not exist" in page
    assert "(550 5.1.1)" in page
    assert "a-secret" not in page


def test_nothing_of_the_server_s_words_is_stored(
    server: MailServer, waiting: DBTaskResult, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers["RCPT"] = f"550 5.7.1 {SEEN}"
    with pytest.raises(EmailNotSent) as failure:
        attempt(waiting)
    assert ADDRESS not in f"{failure.value!r} {caplog.text}"
    assert failure.value.__cause__ is None


def test_a_server_that_is_too_slow_to_say_goodbye_has_the_email(
    server: MailServer, waiting: DBTaskResult, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 1
    server.answers["QUIT"] = SILENT
    assert attempt(waiting) == "sent"
    assert len(server.messages) == 1
    assert retries() == []
