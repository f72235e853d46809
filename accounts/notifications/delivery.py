"""Mails to members: rendered at once, in their language and their biller's name; sent by a task."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import formataddr
from functools import partial
from smtplib import SMTPException, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_tasks import task

from icsso.billers.encryption import decrypt, encrypt
from icsso.billers.models import Biller

# After how long a mail that the server did not take is tried again; most links live for an hour.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 4, 10, 20, 60, 240)]


Later = Callable[[], object]  # to be called after the commit


class MailNotSent(Exception):
    """The mail server did not take it. Says why, and not to whom."""


def send(
    name: str, *, to: str, biller: Biller, language: str, context: Mapping[str, Any] | None = None
) -> None:
    """Sends templates/emails/<name>.{subject.txt,txt,html}. To be called after the commit.

    to: empty does all the work and sends nothing, so that an address nobody has costs the
    same time as one that somebody has.
    """
    prepare(name, to=to, biller=biller, language=language, context=context)()


def prepare(
    name: str, *, to: str, biller: Biller, language: str, context: Mapping[str, Any] | None = None
) -> Later:
    """The same from within a transaction: the workers' queue has the mail with its commit, or not
    at all. Without workers it is sent by calling what is given, since a mail server that takes its
    time must not keep others from the database."""
    facts = {**(context or {}), "biller": biller}
    with translation.override(language):
        mail = {
            "to": to,
            "subject": " ".join(render_to_string(f"emails/{name}.subject.txt", facts).split()),
            "text": render_to_string(f"emails/{name}.txt", facts),
            "html": render_to_string(f"emails/{name}.html", {**facts, "language": language}),
            "sender": " ".join(biller.name.split()),  # a header is one line
            "reply_to": biller.support_email,
        }
    # A task's arguments stand in the database until it has run, and the text holds a link that
    # opens an account: whoever reads the database must not be able to use it.
    put_in_queue = partial(deliver.enqueue, encrypt(json.dumps(mail)))
    if not deliver.get_backend().supports_defer:
        return put_in_queue
    put_in_queue()
    return lambda: None


@task()
def deliver(sealed: str, tried: int = 0) -> None:
    mail = json.loads(decrypt(sealed))
    if not mail["to"]:
        return
    message = EmailMultiAlternatives(
        subject=mail["subject"],
        body=mail["text"],
        from_email=formataddr((mail["sender"], settings.DEFAULT_FROM_EMAIL)),
        to=[mail["to"]],
        reply_to=[mail["reply_to"]] if mail["reply_to"] else None,
    )
    message.attach_alternative(mail["html"], "text/html")
    try:
        message.send()
    except (SMTPException, OSError) as error:
        if not _is_final(error):
            _try_later(sealed, tried)
        # The server's words may repeat the address, and a task's failure is kept and logged.
        raise MailNotSent(type(error).__name__) from None


def _is_final(error: SMTPException | OSError) -> bool:
    return isinstance(error, SMTPResponseException) and error.smtp_code >= 500


def _try_later(sealed: str, tried: int) -> None:
    """Where workers run: without them nobody would come back to it."""
    if tried < len(PAUSES) and deliver.get_backend().supports_defer:
        later = deliver.using(run_after=timezone.now() + PAUSES[tried])
        later.enqueue(sealed, tried + 1)
