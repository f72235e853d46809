"""Emails to members: rendered right away in the member's language, sent by a background task."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import make_msgid, parseaddr
from functools import partial
from smtplib import SMTPException, SMTPResponseException
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_tasks import task

from icsso.billers.encryption import decrypt, encrypt
from icsso.billers.models import Biller

# Delays before retrying an email that the server did not accept; most links last an hour.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 4, 10, 20, 60, 240)]
# Asks mailboxes not to send automatic replies such as "out of office" (RFC 3834; the second header
# is for Exchange).
NO_AUTOMATIC_REPLY = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
BLANK_LINES = re.compile(r"\n\s*\n\s*")  # left where a layout omits a part

Later = Callable[[], object]  # to be called after the commit


class EmailNotSent(Exception):
    """The mail server did not accept it. Says why, but not for which address."""


def prepare(
    name: str, *, to: str, biller: Biller, language: str, context: Mapping[str, Any] | None = None
) -> Later:
    """Renders templates/emails/<name>.html as text and HTML, in the transaction the email is about:
    it is queued for the workers when that commits, or not at all.

    Returns what to call after the commit. Without workers, that sends the email, because a slow
    mail server must not block the database.

    to: if empty, does all the work but sends nothing, so that an unknown email takes as long as a
    known one.
    """
    email = {
        "to": to,
        "from": biller.sender,
        "reply_to": biller.support_email,
        # The same for every attempt, so that an email that was accepted after all isn't duplicated.
        "message_id": make_msgid(domain=parseaddr(biller.sender)[1].rpartition("@")[2]),
        **_compose(name, biller=biller, language=language, context=context or {}),
    }
    # A task's arguments are stored in the database until it has run, and the text contains a link
    # to an account: no one who can read the database must be able to use it.
    put_in_queue = partial(deliver.enqueue, encrypt(json.dumps(email)))
    if not deliver.get_backend().supports_defer:
        return put_in_queue
    put_in_queue()
    return lambda: None


def _compose(
    name: str, *, biller: Biller, language: str, context: Mapping[str, Any]
) -> dict[str, str]:
    """Returns subject, text, and html of a template, which extends a layout for each of them."""

    def part(layout: str) -> str:
        facts = {**context, "biller": biller, "language": language, "layout": layout}
        return render_to_string(f"emails/{name}.html", facts)

    with translation.override(language), biller.in_zone():
        return {
            "subject": " ".join(part("emails/layout.subject.txt").split()),
            "text": BLANK_LINES.sub("\n\n", part("emails/layout.txt")).strip(),
            "html": part("emails/layout.html"),
        }


@task()
def deliver(sealed: str, tried: int = 0) -> None:
    email = json.loads(decrypt(sealed))
    if not email["to"]:
        return
    message = EmailMultiAlternatives(
        subject=email["subject"],
        body=email["text"],
        from_email=email["from"],
        to=[email["to"]],
        reply_to=[email["reply_to"]] if email["reply_to"] else None,
        headers={**NO_AUTOMATIC_REPLY, "Message-ID": email["message_id"]},
    )
    message.attach_alternative(email["html"], "text/html")
    try:
        message.send()
    except (SMTPException, OSError) as error:
        if not _is_final(error):
            _try_later(sealed, tried)
        # The server's message may contain the address, and a task's failure is stored and logged.
        raise EmailNotSent(type(error).__name__) from None


def _is_final(error: SMTPException | OSError) -> bool:
    return isinstance(error, SMTPResponseException) and error.smtp_code >= 500


def _try_later(sealed: str, tried: int) -> None:
    """Retries later, if workers run: without them, nothing would pick it up again."""
    if tried < len(PAUSES) and deliver.get_backend().supports_defer:
        later = deliver.using(run_after=timezone.now() + PAUSES[tried])
        later.enqueue(sealed, tried + 1)
