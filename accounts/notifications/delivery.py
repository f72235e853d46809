"""Emails to members: rendered right away in the member's language, sent by a background task."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from functools import partial
from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_tasks import task

from accounts.models import Member, SentEmail, Signup, UndeliveredEmail
from accounts.notifications.backlog import BACKLOG, QUEUE, let_fresh_emails_pass
from accounts.notifications.links import LinkState, link_state, one_time_link
from accounts.notifications.smtp_answers import Answer, Fault, answer_of
from icsso.billers.absolute_urls import biller_address, in_language
from icsso.billers.branding.style_sheet import email_colors
from icsso.billers.encryption import decrypt, encrypt
from icsso.billers.models import Biller

logger = logging.getLogger("accounts.notifications")

# Delays before retrying an email that the server did not accept; after the last one, the same
# again. An email with a one-time link is retried for as long as the link works.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 4, 10, 20, 60, 240)]
# Retries after which a failure that should have passed is logged as an error: about half an hour.
PATIENCE = 4
LIFE = timedelta(days=3)  # of an email without a one-time link: that something was changed
# Asks mailboxes not to send automatic replies such as "out of office" (RFC 3834; the second header
# is for Exchange).
NO_AUTOMATIC_REPLY = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
BLANK_LINES = re.compile(r"\n\s*\n\s*")  # left where a layout omits a part

ERASED = "nobody has it anymore"

Later = Callable[[], object]  # to be called after the commit
Reason = LinkState | timedelta | str  # why an email is not sent anymore


class EmailNotSent(Exception):
    """It is our fault that it was not accepted. Says why, but not for which address."""


def prepare(  # noqa: PLR0913 - keyword-only, so none can be swapped
    name: str,
    *,
    to: str,
    biller: Biller,
    language: str,
    context: Mapping[str, Any] | None = None,
    about: Member | Signup | None = None,
    headers: Mapping[str, str] | None = None,
    is_recorded: bool = True,
) -> Later:
    """Renders templates/emails/<name>.html as text and HTML, in the transaction the email is about:
    it is queued for the workers when that commits, or not at all. If its link is a one-time link,
    it is not sent once that no longer works.

    Returns what to call after the commit. Without workers, that sends the email, because a slow
    mail server must not block the database.

    to: if empty, does all the work but sends nothing, so that an unknown email takes as long as a
    known one. about: the member or the sign-up, unless it is for a staff user: once that is
    gone, it is not sent anymore. headers: further ones. is_recorded: whether staff see that it was
    sent, and to whom.
    """
    sender, facts = biller.sender, dict(context or {})
    has_queue = deliver.get_backend().supports_defer
    email = {
        "name": name,
        "biller": biller.pk,
        "member": about.pk if isinstance(about, Member) else None,
        "signup": about.pk if isinstance(about, Signup) else None,
        "to": to,
        "from": sender,
        "reply_to": biller.support_email,
        "headers": dict(headers or {}),
        "is_recorded": is_recorded,
        # The same for every attempt, so that an email that was accepted after all isn't duplicated.
        "message_id": _message_id(sender),
        "prepared_at": timezone.now().isoformat(),
        "one_time_link": one_time_link(facts.get("link", "")) if has_queue else "",
    }
    for link in ("link", "other_link"):
        if facts.get(link):
            facts[link] = in_language(facts[link], language)
    email |= _compose(name, biller=biller, language=language, context=facts)
    # A task's arguments are stored in the database until it has run, and the text contains a link
    # to an account: no one who can read the database must be able to use it.
    put_in_queue = partial(deliver.enqueue, encrypt(json.dumps(email)))
    if not has_queue:
        return put_in_queue
    put_in_queue()
    return lambda: None


def _message_id(sender: str) -> str:
    """Returns one in the domain of the sender, not of the machine: some filters compare them."""
    return make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])


def _compose(
    name: str, *, biller: Biller, language: str, context: Mapping[str, Any]
) -> dict[str, str]:
    """Returns subject, text, and html of a template, which extends a layout for each of them."""

    logo = biller_address(biller, biller.logo_address) if biller.logo_digest else ""
    shared = {"biller": biller, "language": language, "logo": logo}

    def part(layout: str) -> str:
        facts = {**context, **shared, "colors": email_colors(biller.accent), "layout": layout}
        return render_to_string(f"emails/{name}.html", facts)

    with translation.override(language), biller.in_zone():
        return {
            "subject": " ".join(part("emails/layout.subject.txt").split()),
            "text": BLANK_LINES.sub("\n\n", part("emails/layout.txt")).strip(),
            "html": part("emails/layout.html"),
        }


@task(queue_name=QUEUE)
def deliver(sealed: str, tried: int = 0) -> str:
    """Makes one attempt. Returns what became of the email: the worker stores it with the task.

    Raises EmailNotSent if it is our fault. The email is retried nevertheless.
    """
    email = json.loads(decrypt(sealed))
    if not email["to"]:
        return "no one to send it to"
    try:
        let_fresh_emails_pass(_age(email))
        if reason := _why_not_anymore(email, tried):
            return _drop(email, reason)
    except (OperationalError, InterfaceError):  # the database is unavailable for a moment
        # If it still is, the task fails, and `requeue` takes it up.
        if _try_later(sealed, tried):
            return "not tried yet: the database was away"
        raise
    try:
        _send(email)
    except (SMTPException, OSError, ValueError) as error:
        # Without its text and its cause: they may contain the address, and a task's failure is
        # stored and logged.
        answer = answer_of(error)
    else:
        _note_sent(email)
        return "sent"
    return _not_accepted(email, sealed, tried, answer)


def _send(email: Mapping[str, Any]) -> None:
    connection = get_connection()
    message = EmailMultiAlternatives(
        subject=email["subject"],
        body=email["text"],
        from_email=email["from"],
        to=[email["to"]],  # one: each recipient is accepted or refused on their own
        reply_to=[email["reply_to"]] if email["reply_to"] else None,
        headers={
            **NO_AUTOMATIC_REPLY,
            **email.get("headers", {}),
            "Message-ID": email["message_id"],
        },
        connection=connection,
    )
    message.attach_alternative(email["html"], "text/html")
    try:
        message.send()
    finally:
        # Django leaves a connection open whose sign-in was refused.
        with suppress(SMTPException, OSError):
            connection.close()


def _not_accepted(email: Mapping[str, Any], sealed: str, tried: int, answer: Answer) -> str:
    which = email.get("name", "")
    if answer.fault is Fault.RECIPIENT:
        logger.warning("email %s refused for its recipient: %s", which, answer.code)
        _note(email, UndeliveredEmail.Reason.REFUSED, answer.code)
        return f"refused: {answer.code}"
    is_retried = _try_later(sealed, tried)
    is_expected_to_pass = answer.fault is Fault.LATER or (answer.may_pass and tried < PATIENCE)
    if is_expected_to_pass and is_retried:
        logger.warning("email %s not accepted yet, will be retried: %s", which, answer.code)
        return f"not accepted yet: {answer.code}"
    words = "email %s not sent, check the mail server and EMAIL_URL: %s"
    logger.error(words, which, answer.code)
    raise EmailNotSent(answer.code) from None


def _why_not_anymore(email: Mapping[str, Any], tried: int) -> Reason | None:
    """Returns why the email should not be sent anymore, if so: its person, its link, or its age."""
    if _is_gone(email):
        return ERASED
    if link := email.get("one_time_link"):
        state = link_state(link)
        return None if state is LinkState.WORKS else state
    age = _age(email)
    return age if tried and age > LIFE else None


def _is_gone(email: Mapping[str, Any]) -> bool:
    """Returns whether the member it is about was erased. For an erased sign-up, `link_state` knows:
    its link no longer works."""
    member: int | None = email.get("member")
    return member is not None and not Member.objects.filter(pk=member).exists()


def _drop(email: Mapping[str, Any], reason: Reason) -> str:
    if reason == ERASED:
        return f"dropped: {reason}"
    why = f"its link is {reason}" if isinstance(reason, LinkState) else "it is too old"
    logger.warning("email %s dropped: %s", email.get("name", ""), why)
    if reason is LinkState.EXPIRED:
        _note(email, UndeliveredEmail.Reason.LINK_EXPIRED)
    elif reason is not LinkState.OVER:
        _note(email, UndeliveredEmail.Reason.GIVEN_UP)
    return f"dropped: {why}"


def _facts(email: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "biller_id": email.get("biller", 0),
        "member_id": email.get("member"),
        "signup_id": email.get("signup"),
        "email": email["to"],
        "notification": email.get("name", ""),
    }


def _note_sent(email: Mapping[str, Any]) -> None:
    """Records the sent email for staff. It was sent, whether or not the record can be stored."""
    if not email.get("is_recorded", True):
        return
    try:
        with transaction.atomic():
            SentEmail.objects.create(**_facts(email))
    except (DatabaseError, InterfaceError):  # or the member has been erased since
        logger.warning("email %s sent, but not recorded", email.get("name", ""))


def _note(email: Mapping[str, Any], reason: UndeliveredEmail.Reason, code: str = "") -> None:
    """Records for staff why it was not sent, on the page of the member or the sign-up."""
    if not email.get("is_recorded", True):
        return
    with suppress(IntegrityError), transaction.atomic():  # its person has been erased since
        UndeliveredEmail.objects.create(**_facts(email), reason=reason, code=code[:40])


def _age(email: Mapping[str, Any]) -> timedelta:
    prepared_at = email.get("prepared_at")
    return timezone.now() - datetime.fromisoformat(prepared_at) if prepared_at else timedelta()


def _try_later(sealed: str, tried: int) -> bool:
    """Returns whether it will be retried: without workers, nothing would pick it up again."""
    if not deliver.get_backend().supports_defer:
        return False
    pause = PAUSES[min(tried, len(PAUSES) - 1)]
    later = deliver.using(run_after=timezone.now() + pause, priority=BACKLOG)
    later.enqueue(sealed, tried + 1)
    return True
