"""The queue of emails: fresh ones first, no dead links, nothing lost when a worker dies."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings
from redis.exceptions import RedisError

from accounts.credentials.links import create_link
from accounts.models import Member, SecondFactor, Signup, UndeliveredEmail
from accounts.models.credential_change import CredentialChange, Kind, State
from accounts.notifications import backlog, requeue
from accounts.notifications import messages as notifications
from accounts.notifications.backlog import BACKLOG
from accounts.notifications.delivery import EmailNotSent, deliver
from accounts.notifications.messages import TwoStep
from accounts.signup import services as signups
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast
from tests.workers import WORKERS

HOST = "https://pay.example/accounts"


@pytest.fixture(autouse=True)
def queue(settings: Settings) -> None:
    settings.TASKS = WORKERS


def next_due() -> DBTaskResult | None:
    """What a worker would take, as django_tasks_db's worker looks for it."""
    return DBTaskResult.objects.ready().first()


def run_all() -> list[str]:
    """Runs all tasks as a worker does. Returns the result that it stores for each."""
    said = []
    while task := next_due():
        task.claim("worker")
        try:
            said.append(str(task.task.call(*task.args_kwargs["args"])))
            task.set_successful(said[-1])
        except EmailNotSent as error:
            said.append(f"failed: {error}")
            task.set_failed(error)
    return said


def notify(biller: Biller, email: str) -> DBTaskResult:
    """Queues an email without a one-time link."""
    member = Member(biller=biller, email=email, language="en")
    notifications.password_changed(member, link=f"{HOST}/password-reset/")()
    return DBTaskResult.objects.latest("enqueued_at")


def make_older(*tasks: DBTaskResult, by: timedelta) -> None:
    DBTaskResult.objects.filter(pk__in=[task.pk for task in tasks]).update(
        enqueued_at=timezone.now() - by
    )


def test_a_fresh_email_goes_before_all_retries(
    biller: Biller, settings: Settings, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for number in range(5):
        notify(biller, f"late{number}@example.com")
    assert run_all() == ["failed: ConnectionRefusedError"] * 5
    DBTaskResult.objects.ready().update(run_after=timezone.now())
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())  # all are due
    settings.EMAIL_BACKEND = working
    notify(biller, "fresh@example.com")
    assert run_all() == ["sent"] * 6
    assert mailoutbox[0].to == ["fresh@example.com"]


def test_a_fresh_email_goes_before_what_waited_for_a_dead_worker(
    biller: Biller, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    """No worker ran for an hour: the first late email that is sent lets the others step back."""
    for number in range(5):
        make_older(notify(biller, f"late{number}@example.com"), by=timedelta(hours=1))
    late = timezone.now() + timedelta(hours=1)
    fresh = notify(biller, "fresh@example.com")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backlog.timezone, "now", lambda: late)
        make_older(fresh, by=timedelta(seconds=1))
        assert run_all() == ["sent"] * 6
    assert [message.to for message in mailoutbox].index(["fresh@example.com"]) == 1


def test_stepping_back_is_one_statement_now_and_then(biller: Biller) -> None:
    for _ in range(3):
        make_older(notify(biller, "late@example.com"), by=timedelta(hours=1))
    assert backlog.let_fresh_emails_pass(timedelta(seconds=5)) == 0
    assert backlog.let_fresh_emails_pass(timedelta(hours=1)) == 3
    assert set(DBTaskResult.objects.values_list("priority", flat=True)) == {BACKLOG}
    make_older(notify(biller, "late@example.com"), by=timedelta(hours=1))
    assert backlog.let_fresh_emails_pass(timedelta(hours=1)) == 0
    cache.clear()
    assert backlog.let_fresh_emails_pass(timedelta(hours=1)) == 1


def test_a_late_email_is_sent_while_redis_is_away(
    biller: Biller, mailoutbox: list[EmailMultiAlternatives], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = RedisCache("redis://127.0.0.1:1/0", {})
    with pytest.raises(RedisError):
        nobody.get("anything")
    monkeypatch.setattr(backlog, "cache", nobody)
    make_older(notify(biller, "late@example.com"), by=timedelta(hours=1))
    late = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("accounts.notifications.delivery.timezone.now", lambda: late)
    assert run_all() == ["sent"]
    assert len(mailoutbox) == 1


def signup_mail(cast: Cast) -> Signup:
    asked = signups.ask(
        account=cast.account("10000104"),
        email="rosa@example.com",
        password="seven herons over the mill",
        language="en",
    )
    secret = signups.renew_link(asked)
    notifications.finish_signup(asked, link=f"{HOST}/finish/{secret}/")()
    return asked


def reset_mail(cast: Cast) -> CredentialChange:
    secret = create_link(cast.laundry, Kind.RESET)
    notifications.reset_password(cast.laundry, link=f"{HOST}/password-reset/{secret}/")()
    return CredentialChange.objects.latest("pk")


def confirmation_mail(cast: Cast) -> CredentialChange:
    change = CredentialChange.objects.create(
        member=cast.laundry,
        kind=Kind.EMAIL,
        state=State.AWAITING_CONFIRMATION,
        new_email="new@example.com",
        approved_at=timezone.now(),
    )
    link = f"{HOST}/sign-in/email/confirm/{change.new_link()}/"
    notifications.confirm_email(cast.laundry, new_email="new@example.com", link=link)()
    return change


def undo_mail(cast: Cast) -> SecondFactor:
    factor = SecondFactor.objects.create(user=cast.laundry, key="A" * 32)
    link = f"{HOST}/sign-in/two-step/undo/{factor.new_undo_link()}/"
    notifications.two_step(cast.laundry, TwoStep.ON, link=link)()
    return factor


A_WHILE = timedelta(days=8)
DEAD: dict[str, tuple[Callable[[Cast], object], Callable[[Cast], object], str]] = {
    "sign-up expired": (
        signup_mail,
        lambda _: Signup.objects.update(link_sent_at=timezone.now() - A_WHILE),
        "expired",
    ),
    "sign-up finished": (
        signup_mail,
        lambda _: Signup.objects.update(finished_at=timezone.now()),
        "used",
    ),
    "sign-up forgotten": (signup_mail, lambda _: Signup.objects.all().delete(), "used"),
    "reset expired": (
        reset_mail,
        lambda _: CredentialChange.objects.update(asked_at=timezone.now() - A_WHILE),
        "expired",
    ),
    "reset expired and closed": (
        reset_mail,
        lambda _: CredentialChange.objects.all().expire(),
        "expired",
    ),
    "reset used": (
        reset_mail,
        lambda _: CredentialChange.objects.get().approve() and _done(),
        "used",
    ),
    "reset replaced": (
        reset_mail,
        lambda _: CredentialChange.objects.all().replace_links(),
        "used",
    ),
    "member may not sign in": (
        reset_mail,
        lambda cast: Member.objects.filter(pk=cast.laundry.pk).update(is_active=False),
        "used",
    ),
    "confirmation expired": (
        confirmation_mail,
        lambda _: CredentialChange.objects.update(approved_at=timezone.now() - A_WHILE),
        "expired",
    ),
    "confirmation renewed": (
        confirmation_mail,
        lambda _: CredentialChange.objects.get().new_link(),
        "used",
    ),
    "two-step off": (undo_mail, lambda _: SecondFactor.objects.all().delete(), "used"),
    "two-step on for long": (
        undo_mail,
        lambda _: SecondFactor.objects.update(set_up_at=timezone.now() - A_WHILE),
        "expired",
    ),
}


def _done() -> None:
    assert CredentialChange.objects.get().complete()


@pytest.mark.parametrize("name", DEAD)
def test_an_email_with_a_dead_link_is_dropped_and_told(
    cast: Cast,
    mailoutbox: list[EmailMultiAlternatives],
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    write, end, reason = DEAD[name]
    write(cast)
    end(cast)
    [said] = run_all()
    assert said.startswith(f"dropped: its link is {reason}")
    assert said in caplog.text
    assert mailoutbox == []
    seen = UndeliveredEmail.objects.values_list("reason", flat=True)
    assert list(seen) == (["link_expired"] if reason == "expired" else [])


@pytest.mark.parametrize("write", [signup_mail, reset_mail, confirmation_mail, undo_mail])
def test_an_email_with_a_live_link_is_sent(
    cast: Cast, mailoutbox: list[EmailMultiAlternatives], write: Callable[[Cast], object]
) -> None:
    write(cast)
    assert run_all() == ["sent"]
    assert len(mailoutbox) == 1


def test_of_two_links_asked_for_only_the_newest_is_sent(
    cast: Cast, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    asked = signup_mail(cast)
    secret = signups.renew_link(asked)
    notifications.finish_signup(asked, link=f"{HOST}/finish/{secret}/")()
    assert sorted(said.split(":")[0] for said in run_all()) == ["dropped", "sent"]
    assert secret in str(mailoutbox[0].body)


def test_a_member_whose_link_was_not_sent_can_ask_anew(
    cast: Cast, client: Client, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    reset_mail(cast)
    CredentialChange.objects.update(asked_at=timezone.now() - A_WHILE)
    assert run_all()[0].startswith("dropped")
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    run_all()
    assert [message.to for message in mailoutbox] == [[people.LAUNDRY_EMAIL]]


def test_a_retry_ends_with_the_link_not_before(
    cast: Cast, settings: Settings, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    signup_mail(cast)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for _ in range(12):  # the server is away for most of a day
        run_all()
        DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
    settings.EMAIL_BACKEND = working
    assert run_all() == ["sent"]
    assert len(mailoutbox) == 1


def test_a_database_that_is_away_for_a_moment_loses_no_email(
    biller: Biller, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = notify(biller, "ana@example.com")

    def away(*_args: object) -> None:
        raise OperationalError("read-only transaction")

    monkeypatch.setattr("accounts.notifications.delivery._why_not_anymore", away)
    assert deliver.call(*task.args_kwargs["args"]) == "not tried yet: the database was away"
    assert DBTaskResult.objects.filter(priority=BACKLOG, run_after__gt=timezone.now()).exists()
    assert connection.is_usable()


def test_a_database_that_is_away_for_longer_loses_no_email_either(
    biller: Biller, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    """Then the attempt can't even be rescheduled: the worker records the failure as soon as it
    can."""
    task = notify(biller, "ana@example.com")
    task.set_failed(OperationalError("the database system is not yet accepting connections"))
    DBTaskResult.objects.exclude(pk=task.pk).delete()
    call_command("take_up_mails")
    assert run_all() == ["sent"]
    assert len(mailoutbox) == 1
    call_command("take_up_mails")
    assert run_all() == []


def test_a_failure_of_another_kind_is_not_repeated_for_ever(biller: Biller) -> None:
    notify(biller, "ana@example.com").set_failed(ValueError("a fault of ours"))
    call_command("take_up_mails")
    assert run_all() == []


def test_a_worker_killed_before_sending_loses_nothing_and_after_it_repeats_the_number(
    biller: Biller, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    """At least once: only if it dies between the server's answer and its own record of it, the
    email is sent twice, with the same Message-ID."""
    task = notify(biller, "ana@example.com")
    task.claim("a worker that dies right after the server has accepted the email")
    deliver.call(*task.args_kwargs["args"])
    DBTaskResult.objects.update(started_at=timezone.now() - 2 * requeue.AFTER)
    call_command("take_up_mails")
    assert run_all() == ["sent"]
    once, again = (message.message()["Message-ID"] for message in mailoutbox)
    assert once == again
    call_command("take_up_mails")
    assert run_all() == []


@pytest.mark.parametrize("path", requeue.OTHERS)
def test_other_tasks_of_a_killed_worker_are_requeued_once_it_must_be_dead(
    biller: Biller, path: str
) -> None:
    import_string(path)  # it is named, not imported
    task = notify(biller, "ana@example.com")
    task.claim("a worker that dies")
    for since, requeued in ((requeue.AFTER, 0), (requeue.OTHERS_AFTER, 1)):
        DBTaskResult.objects.update(task_path=path, started_at=timezone.now() - since * 1.1)
        assert requeue.take_up() == requeued
    DBTaskResult.objects.get().set_failed(OperationalError("away"))
    for since, requeued in ((requeue.AFTER, 0), (requeue.OTHERS_AFTER, 1)):
        DBTaskResult.objects.update(finished_at=timezone.now() - since * 1.1)
        assert requeue.take_up() == requeued
