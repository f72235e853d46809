"""Emails: whole, in the member's language, and unreadable while they wait."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from html import unescape
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.models.undelivered_email import Notification
from accounts.notifications import delivery as emails
from accounts.notifications import messages as letters
from accounts.notifications import requeue as abandoned
from accounts.notifications.delivery import Later
from accounts.notifications.messages import TwoStep
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast

LINK = "https://pay.example/accounts/finish/secret/"
ANY_LINK = "https://pay.example/accounts/"
NEW = "new@example.com"
TO = {"to": "ana@example.com", "language": "en"}

# One of each notification, as it is written to a member.
Write = Callable[[User, Biller], Later]
EMAILS: dict[str, Write] = {
    "finish_signup": lambda _, biller: letters.finish_signup(**TO, biller=biller, link=LINK),
    "finish_existing_login": lambda _, biller: letters.finish_existing_login(
        **TO, biller=biller, link=LINK
    ),
    "already_member": lambda _, biller: letters.already_member(
        **TO, biller=biller, sign_in=LINK, reset=f"{ANY_LINK}password-reset/"
    ),
    "reset_password": lambda member, _: letters.reset_password(member, link=LINK),
    "password_changed": lambda member, _: letters.password_changed(member, link=LINK),
    "approve_password": lambda member, _: letters.approve_password(member, link=LINK),
    "reconnect": lambda member, _: letters.reconnect(member, link=LINK),
    "approve_email": lambda member, _: letters.approve_email(member, new_email=NEW, link=LINK),
    "confirm_email": lambda member, _: letters.confirm_email(member, new_email=NEW, link=LINK),
    "email_in_use": lambda member, _: letters.email_in_use(member, new_email=NEW),
    "email_changes_later": lambda member, _: letters.email_changes_later(member, new_email=NEW),
    "email_changed, old": lambda member, _: letters.email_changed(member, old_email=NEW)[0],
    "email_changed, new": lambda member, _: letters.email_changed(member, old_email=NEW)[1],
    "prove_again": lambda member, _: letters.prove_again(
        member, numbers=["ending in 0101"], further=0
    ),
    **{
        f"two_step, {what}": lambda member, _, what=what: letters.two_step(member, what, link=LINK)
        for what in TwoStep
    },
}
WITHOUT_LINK = ("email_in_use", "email_changes", "email_changed", "prove_again")


def send(biller: Biller, to: str = "ana@example.com") -> None:
    letters.finish_signup(to=to, biller=biller, language="en", link=LINK)()


def test_each_template_is_written_once_here() -> None:
    templates = {path.stem for path in Path("templates/emails").glob("*.html")} - {"layout"}
    assert templates == {name.split(",")[0] for name in EMAILS}
    assert templates == set(Notification.values)  # what staff read about those not delivered


def test_who_has_several_accounts_to_prove_reads_of_several(biller: Biller) -> None:
    member = User(email="ana@example.com", biller=biller, language="en")
    for numbers, further in ((["ending in 0101"], 0), (["ending in 0101"], 1)):
        letters.prove_again(member, numbers=numbers, further=further)()
    one, two = mail.outbox
    assert one.subject == f"Confirm that your {biller.name} account is still yours"
    assert two.subject == f"Confirm that your {biller.name} accounts are still yours"
    assert "for an account that is" in one.body
    assert "for accounts that are" in two.body
    assert "prove that they're yours" in two.body


@pytest.mark.parametrize("name", EMAILS)
def test_every_email_is_whole(
    biller: Biller,
    name: str,
    mailoutbox: list[EmailMultiAlternatives],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    biller.name = "Smith & Sons Water"
    member = User(email="ana@example.com", biller=biller, language="en")
    with django_assert_num_queries(0):  # it asks nothing and decides nothing
        EMAILS[name](member, biller)()
    [message] = mailoutbox
    text, html = str(message.body), str(message.alternatives[0][0])
    assert "Smith & Sons Water" in message.subject
    assert "\n" not in message.subject
    assert parseaddr(message.from_email) == ("Smith & Sons Water", "portal@localhost")
    assert message.reply_to == ["help@springfield-water.example"]
    for body in (text, html):
        assert "(217) 555-0100" in body
        assert (ANY_LINK in body) != name.startswith(WITHOUT_LINK)
        assert not any(sign in body for sign in ("{{", "{%", "&amp;amp;"))
    assert "Smith & Sons Water" in text
    assert "Smith &amp; Sons Water" in html
    assert 'lang="en"' in html


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", EMAILS)
def test_text_and_html_say_the_same(
    biller: Biller, name: str, language: str, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    member = User(email="ana@example.com", biller=biller, language=language)
    EMAILS[name](member, biller)()
    text, html = str(mailoutbox[0].body), str(mailoutbox[0].alternatives[0][0])
    links = re.findall(r'<a href="(https:[^"]+)">', html)
    assert re.findall(r"^https:\S+$", text, re.MULTILINE) == links
    body = html.split("</h1>")[1].replace("<hr>", "-- ")
    said = unescape(re.sub(r"<[^>]+>", " ", body)).split()
    assert [word for word in text.split() if word not in links] == said
    assert not re.search(r"<p>\s*(<br>|</p>)", html)
    assert "\n\n\n" not in text


def test_no_mailbox_answers_and_every_try_has_the_same_number(
    settings: Settings, biller: Biller, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.DEFAULT_FROM_EMAIL = "portal@pay.springfield.example"
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    for _ in range(2):
        send(biller)
    first, second = DBTaskResult.objects.order_by("enqueued_at")
    for waiting in (first, first, second):
        emails.deliver.call(*waiting.args_kwargs["args"])
    once, again, another = (sent.message() for sent in mailoutbox)
    assert once["Auto-Submitted"] == "auto-generated"
    assert once["X-Auto-Response-Suppress"] == "All"
    assert re.fullmatch(r"<[^@\s]+@pay\.springfield\.example>", once["Message-ID"])
    assert once["Message-ID"] == again["Message-ID"] != another["Message-ID"]


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
    assert LINK in str(mail.outbox[0].body)


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
    assert "EmailNotSent: ConnectionRefusedError" in caplog.text
    assert people.LAUNDRY_EMAIL not in caplog.text
    assert "/accounts/password-reset/" not in caplog.text.replace("EmailNotSent", "")


def test_a_mail_that_was_not_taken_is_tried_again_later(
    biller: Biller, settings: Settings, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    send(biller)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for tries in range(1, 1 + len(emails.PAUSES)):
        with pytest.raises(emails.EmailNotSent):
            deliver_newest()
        assert DBTaskResult.objects.count() == 1 + tries
    hours = [timezone.now() + timedelta(hours=n) for n in (3, 5)]
    assert DBTaskResult.objects.filter(run_after__range=hours).count() == 1
    settings.EMAIL_BACKEND = working
    deliver_newest()
    assert [message.to for message in mailoutbox] == [["ana@example.com"]]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(emails.EmailNotSent):
        deliver_newest()
    assert DBTaskResult.objects.filter(run_after__range=hours).count() == 2  # and so on


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
