"""Mails: whole, in the member's language, and unreadable while they wait."""

from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.notifications import delivery as emails
from accounts.notifications import requeue as abandoned
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast

NAMES = ["finish_registration", "already_member", "reset_password", "password_changed", "reconnect"]
LINKS = {
    "link": "https://pay.example/accounts/finish/secret/",
    "sign_in": "https://pay.example/accounts/login/",
    "reset": "https://pay.example/accounts/password-reset/",
}


def send(biller: Biller, name: str = "reset_password", to: str = "ana@example.com") -> None:
    emails.send(name, to=to, biller=biller, language="en", context=LINKS)


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_whole(
    biller: Biller, name: str, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    biller.name = "Smith & Sons Water"
    send(biller, name)
    [message] = mailoutbox
    html = str(message.alternatives[0][0])
    assert "Smith & Sons Water" in message.subject
    assert "\n" not in message.subject
    assert parseaddr(message.from_email) == ("Smith & Sons Water", "portal@localhost")
    assert message.reply_to == ["help@springfield-water.example"]
    for text in (str(message.body), html):
        assert "(217) 555-0100" in text
        assert "https://pay.example/accounts/" in text
        assert "{{" not in text
        assert "{%" not in text
    assert "Smith & Sons Water" in str(message.body)
    assert "Smith &amp; Sons Water" in html
    assert 'lang="en"' in html


def test_in_the_members_language(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        emails, "render_to_string", lambda *_: seen.append(translation.get_language()) or ""
    )
    User.objects.filter(pk=cast.laundry.pk).update(language="es")
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    assert set(seen) == {"es"}


def test_a_waiting_mail_is_unreadable_in_the_database(
    settings: Settings, biller: Biller, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    send(biller)
    assert mailoutbox == []
    [waiting] = DBTaskResult.objects.all()
    kept = str(vars(waiting))
    for secret in ("ana@example.com", "secret", "pay.example"):
        assert secret not in kept
    emails.deliver.call(*waiting.args_kwargs["args"])
    assert LINKS["link"] in str(mail.outbox[0].body)


def test_without_an_address_all_the_work_is_done_and_nothing_is_sent(
    settings: Settings, biller: Biller
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    send(biller, to="")
    [waiting] = DBTaskResult.objects.all()
    emails.deliver.call(*waiting.args_kwargs["args"])
    assert mail.outbox == []


def test_a_mail_server_that_is_away_breaks_no_page_and_tells_no_address(
    cast: Cast, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    response = client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    assert response.status_code == 302
    assert "MailNotSent: ConnectionRefusedError" in caplog.text
    assert people.LAUNDRY_EMAIL not in caplog.text
    assert "/accounts/password-reset/" not in caplog.text.replace("MailNotSent", "")


def test_a_mail_that_was_not_taken_is_tried_again_later(
    biller: Biller, settings: Settings, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    send(biller)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for tries in range(1, 1 + len(emails.PAUSES)):
        with pytest.raises(emails.MailNotSent):
            deliver_newest()
        assert DBTaskResult.objects.count() == 1 + tries
    hours = [timezone.now() + timedelta(hours=n) for n in (3, 5)]
    assert DBTaskResult.objects.filter(run_after__range=hours).count() == 1
    settings.EMAIL_BACKEND = working
    deliver_newest()
    assert [message.to for message in mailoutbox] == [["ana@example.com"]]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(emails.MailNotSent):
        deliver_newest()
    assert DBTaskResult.objects.count() == 1 + len(emails.PAUSES)


def test_a_mail_whose_worker_was_killed_over_it_is_taken_up_again(
    biller: Biller, settings: Settings, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    for to in ("ana@example.com", "mei@example.com"):
        send(biller, to=to)
    first, second = DBTaskResult.objects.order_by("enqueued_at")
    second.claim("a worker that is at it")
    first.claim("a worker that is dead")
    DBTaskResult.objects.filter(pk=first.pk).update(
        started_at=timezone.now() - abandoned.AFTER - timedelta(seconds=1)
    )
    call_command("take_up_mails")
    assert list(DBTaskResult.objects.ready()) == [first]
    assert list(DBTaskResult.objects.running()) == [second]
    emails.deliver.call(*first.args_kwargs["args"])
    assert [message.to for message in mailoutbox] == [["ana@example.com"]]


def test_a_reset_whose_worker_was_killed_over_it_is_taken_up_again(
    client: Client, cast: Cast, settings: Settings, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    client.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    asked = DBTaskResult.objects.get()
    asked.claim("a worker that is dead")
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(hours=1))
    assert list(DBTaskResult.objects.ready()) == []
    call_command("take_up_mails")
    assert list(DBTaskResult.objects.ready()) == [asked]
    asked.task.call(*asked.args_kwargs["args"])
    deliver_newest()
    assert [message.to for message in mailoutbox] == [[people.LAUNDRY_EMAIL]]


def deliver_newest() -> None:
    newest = DBTaskResult.objects.order_by("enqueued_at").last()
    assert newest
    emails.deliver.call(*newest.args_kwargs["args"])


def test_links_lead_to_the_host_that_was_asked(
    cast: Cast, client: Client, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    client.post(
        "/accounts/password-reset/",
        {"email": people.LAUNDRY_EMAIL},
        headers={"host": "localhost:8000"},
    )
    assert "http://localhost:8000/accounts/password-reset/" in str(mailoutbox[0].body)
