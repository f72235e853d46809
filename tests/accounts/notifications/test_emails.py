"""Emails: whole, in the member's language, and unreadable while they wait."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from email.utils import parseaddr
from html import unescape
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import Helper, Signup, User, UtilityAccount
from accounts.models.helpers.models import Right
from accounts.models.undelivered_email import Notification
from accounts.notifications import delivery as emails
from accounts.notifications import messages
from accounts.notifications import requeue as abandoned
from accounts.notifications.delivery import Later, prepare
from accounts.notifications.messages import News, PasskeyChange, TwoStep
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast
from tests.workers import WORKERS

LINK = "https://pay.example/accounts/finish/secret/"
ANY_LINK = "https://pay.example/accounts/"
NEW = "new@example.com"
WORK = [{"shown": "3", "label": "invitations", "billers": []}]
TO = {"to": "ana@example.com", "language": "en"}


def signup(biller: Biller, email: str = "ana@example.com") -> Signup:
    return Signup(biller=biller, email=email, language="en")


def helper(owner: User) -> Helper:
    last_day = date(2026, 12, 31)
    return Helper(owner=owner, email=NEW, language="en", right=Right.PAY, ends_on=last_day)


# One of each notification, as it is written to a member.
Write = Callable[[User, Biller], Later]
EMAILS: dict[str, Write] = {
    "finish_signup": lambda _, biller: messages.finish_signup(signup(biller), link=LINK),
    "finish_existing_login": lambda _, biller: messages.finish_existing_login(
        signup(biller), link=LINK
    ),
    "already_member": lambda member, _: messages.already_member(
        member, language="en", sign_in=LINK, reset=f"{ANY_LINK}password-reset/"
    ),
    "reset_password": lambda member, _: messages.reset_password(member, link=LINK),
    "password_changed": lambda member, _: messages.password_changed(member, link=LINK),
    "approve_password": lambda member, _: messages.approve_password(member, link=LINK),
    "reconnect": lambda member, _: messages.reconnect(member, link=LINK),
    "approve_email": lambda member, _: messages.approve_email(member, new_email=NEW, link=LINK),
    "confirm_email": lambda member, _: messages.confirm_email(member, new_email=NEW, link=LINK),
    "email_in_use": lambda member, _: messages.email_in_use(member, language="en"),
    "email_changes_later": lambda member, _: messages.email_changes_later(member, new_email=NEW),
    "email_changed, old": lambda member, _: messages.email_changed(member, old_email=NEW)[0],
    "email_changed, new": lambda member, _: messages.email_changed(member, old_email=NEW)[1],
    "prove_again": lambda member, _: messages.prove_again(
        member, numbers=["ending in 0101"], further=0, link=ANY_LINK
    ),
    "pay_link": lambda member, biller: messages.pay_link(
        UtilityAccount(biller=biller, account_number="10000101"),
        to=member.email,
        member=member,
        link=LINK,
    ),
    "account_closed": lambda member, _: messages.account_closed(member),
    "reminder": lambda member, biller: prepare(
        "reminder",
        to=member.email,
        biller=biller,
        language=member.language,
        context={"lines": ["$84.20 is due."], "further": 2, "link": LINK, "other_link": ANY_LINK},
    ),
    "staff_invitation": lambda _, biller: messages.staff_invitation(
        **TO, biller=biller, billers=[biller.name], link=LINK
    ),
    "staff_password": lambda _, biller: messages.staff_password(**TO, biller=biller, link=LINK),
    "work_waiting": lambda _, biller: prepare(
        "work_waiting", **TO, biller=biller, context={"work": WORK, "link": LINK}
    ),
    "helper_invitation": lambda member, _: messages.helper_invitation(helper(member), link=LINK),
    **{
        f"helper_news, {what}": lambda member, _, what=what: messages.helper_news(
            helper(member), what, link=ANY_LINK, ending="0101"
        )[0]
        for what in News
    },
    "helper_news, gone": lambda member, _: messages.helper_gone(helper(member), to=member),
    **{
        f"two_step, {what}": lambda member, _, what=what: messages.two_step(member, what, link=LINK)
        for what in TwoStep
    },
    **{
        f"passkey, {what}": lambda member, _, what=what: messages.passkey(
            member, what, names=["My phone", "Old tablet"], new_name="Desk", link=LINK
        )
        for what in PasskeyChange
    },
}
WITHOUT_LINK = (
    "email_in_use",
    "email_changes",
    "email_changed",
    "account_closed",
    "helper_news, gone",
)


def send(biller: Biller, to: str = "ana@example.com") -> None:
    messages.finish_signup(signup(biller, to), link=LINK)()


def test_each_template_is_written_once_here() -> None:
    templates = {path.stem for path in Path("templates/emails").glob("*.html")} - {"layout"}
    assert templates == {name.split(",")[0] for name in EMAILS}
    assert templates == set(Notification.values)  # what staff read about those not delivered


def test_who_has_several_accounts_to_prove_reads_of_several(biller: Biller) -> None:
    member = User(email="ana@example.com", biller=biller, language="en")
    for numbers, further in ((["ending in 0101"], 0), (["ending in 0101"], 1)):
        messages.prove_again(member, numbers=numbers, further=further, link=ANY_LINK)()
    one, two = mail.outbox
    assert one.subject == f"Confirm that your {biller.name} account is still yours"
    assert two.subject == f"Confirm that your {biller.name} accounts are still yours"
    assert "for an account that is" in one.body
    assert "for accounts that are" in two.body
    assert "prove that they're yours" in two.body


@pytest.mark.any_database
@pytest.mark.parametrize("name", EMAILS)
def test_every_email_is_whole(
    biller: Biller,
    name: str,
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    biller.name = "Smith & Sons Water"
    member = User(email="ana@example.com", biller=biller, language="en")
    with CaptureQueriesContext(connection) as queries:
        EMAILS[name](member, biller)()
    # It asks nothing and decides nothing: only that it was sent is written down.
    made = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    recorded = ['INSERT INTO "accounts_sentemail"'] if name != "account_closed" else []
    assert [query[:32] for query in made] == recorded
    [message] = mailoutbox
    text, html = str(message.body), str(message.alternatives[0][0])
    assert "Smith & Sons Water" in message.subject
    assert "\n" not in message.subject
    assert parseaddr(message.from_email) == ("Smith & Sons Water", "portal@localhost")
    assert message.reply_to == ["help@springfield-water.example"]
    for body in (text, html):
        assert "(217) 555-0100" in body
        assert (ANY_LINK in body) != name.startswith(WITHOUT_LINK)
        assert ("?language=en" in body) != name.startswith(WITHOUT_LINK)
        assert not any(sign in body for sign in ("{{", "{%", "&amp;amp;"))
    assert "Smith & Sons Water" in text
    assert "Smith &amp; Sons Water" in html
    assert 'lang="en"' in html


@pytest.mark.any_database
@pytest.mark.parametrize("name", EMAILS)
def test_the_language_of_whoever_causes_an_email_is_not_the_emails(
    biller: Biller, name: str, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    member = User(email="ana@example.com", biller=biller, language="en")
    for language in ("en", "es"):
        with translation.override(language):
            EMAILS[name](member, biller)()
    assert mailoutbox[0].subject == mailoutbox[1].subject
    assert mailoutbox[0].body == mailoutbox[1].body


@pytest.mark.any_database
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", EMAILS)
def test_text_and_html_say_the_same(
    biller: Biller, name: str, language: str, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    member = User(email="ana@example.com", biller=biller, language=language)
    EMAILS[name](member, biller)()
    text, html = str(mailoutbox[0].body), str(mailoutbox[0].alternatives[0][0])
    links = re.findall(r'<a href="(https:[^"]+)"', html)
    assert re.findall(r"^https:\S+$", text, re.MULTILINE) == links
    body = html.split("</h1>")[1].replace("<hr>", "-- ")
    said = unescape(re.sub(r"<[^>]+>", " ", body)).split()
    assert [word for word in text.split() if word not in links] == [
        word for word in said if word not in links
    ]
    # Below its button, the address to copy.
    assert [word for word in said if word in links] == links[:1]
    assert not re.search(r"<p>\s*(<br>|</p>)", html)
    assert "\n\n\n" not in text


def test_no_mailbox_answers_and_every_try_has_the_same_number(
    settings: Settings, biller: Biller, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    settings.DEFAULT_FROM_EMAIL = "portal@pay.springfield.example"
    settings.TASKS = WORKERS
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
    settings.TASKS = WORKERS
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
    settings.TASKS = WORKERS
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
    settings.TASKS = WORKERS
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
    settings.TASKS = WORKERS
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
    settings.TASKS = WORKERS
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
