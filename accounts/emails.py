"""Mails to members: rendered at once, in their language and their biller's name; sent by a task."""

import json
from collections.abc import Mapping
from email.utils import formataddr
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django_tasks import task

from icsso.encryption import decrypt, encrypt
from icsso.models import Biller


class MailNotSent(Exception):
    """The mail server did not take it. Says why, and not to whom."""


def send(
    name: str, *, to: str, biller: Biller, language: str, context: Mapping[str, Any] | None = None
) -> None:
    """Sends templates/emails/<name>.{subject.txt,txt,html}. To be called after the commit.

    to: empty does all the work and sends nothing, so that an address nobody has costs the
    same time as one that somebody has.
    """
    facts = {**(context or {}), "biller": biller}
    with translation.override(language):
        mail = {
            "to": to,
            "subject": " ".join(render_to_string(f"emails/{name}.subject.txt", facts).split()),
            "text": render_to_string(f"emails/{name}.txt", facts),
            "html": render_to_string(f"emails/{name}.html", {**facts, "language": language}),
            "sender": biller.name,
            "reply_to": biller.support_email,
        }
    # A task's arguments stand in the database until it has run, and the text holds a link that
    # opens an account: whoever reads the database must not be able to use it.
    deliver.enqueue(encrypt(json.dumps(mail)))


@task()
def deliver(sealed: str) -> None:
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
        # The server's words may repeat the address, and a task's failure is kept and logged.
        raise MailNotSent(type(error).__name__) from None
