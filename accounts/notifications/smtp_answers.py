"""Whose fault it is that an email was not accepted, and so what becomes of it.

Until the recipient is named, every failure is ours: the connection, EHLO, STARTTLS, our login, our
sender. After that, the server's answer decides: its enhanced status code (RFC 3463, RFC 5248) if it
has one, otherwise its reply code (RFC 5321). Table: docs/reliability.md, "Email".
"""

import re
from enum import StrEnum
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import NamedTuple


class Fault(StrEnum):
    RECIPIENT = "recipient"  # final: the mailbox does not exist or does not accept the email
    LATER = "later"  # of the server or the mailbox, and it passes
    OURS = "ours"  # the email is fine: someone has to repair the portal's mail server or settings


class Answer(NamedTuple):
    """code: like `550 5.1.1`, or the name of the error if the server did not answer."""

    fault: Fault
    code: str


# An enhanced status code: class, subject, and detail. It is at the beginning of the text.
ENHANCED = re.compile(r"([45])\.(\d{1,3})\.(\d{1,3})(?!\S)")
# Reply codes that say something about the login, whatever is written behind them.
OF_OUR_LOGIN = {530, 534, 535, 538}
BY_REPLY_CODE = {
    501: Fault.RECIPIENT,  # the recipient's address is no address
    521: Fault.RECIPIENT,  # the host accepts no email (RFC 7504)
    550: Fault.RECIPIENT,  # no such mailbox
    551: Fault.RECIPIENT,  # moved
    552: Fault.LATER,  # the mailbox is full
    553: Fault.RECIPIENT,  # mailbox name not allowed
    556: Fault.RECIPIENT,  # the domain accepts no email (RFC 7504)
}
BY_SUBJECT = {
    1: Fault.RECIPIENT,  # the address
    2: Fault.RECIPIENT,  # the mailbox
    3: Fault.LATER,  # the mail system
    4: Fault.LATER,  # network and routing
    5: Fault.OURS,  # the protocol
    6: Fault.OURS,  # the content
    7: Fault.OURS,  # policy: whether we may send, our domain's SPF and DKIM, our reputation
}
BY_STATUS = {
    (1, 7): Fault.OURS,  # bad sender
    (1, 8): Fault.OURS,  # bad sender's domain
    (2, 2): Fault.LATER,  # mailbox full
    (4, 1): Fault.RECIPIENT,  # no answer from host; Microsoft's "no such recipient"
    (4, 4): Fault.RECIPIENT,  # the recipient's domain has no mail server
    (6, 7): Fault.RECIPIENT,  # the address has letters that its server does not accept
    (7, 2): Fault.RECIPIENT,  # mailing list that not everyone can write to
    (7, 13): Fault.RECIPIENT,  # account disabled
    (7, 17): Fault.RECIPIENT,  # the mailbox has another owner now
    (7, 18): Fault.RECIPIENT,  # the domain has another owner now
}


def answer_of(error: Exception) -> Answer:
    """Returns what an error of `message.send()` means for an email to one recipient."""
    if isinstance(error, SMTPRecipientsRefused):
        [(code, text)] = error.recipients.values()
        return _from(code, text)
    if isinstance(error, SMTPDataError):
        return _from(error.smtp_code, error.smtp_error)
    name = type(error).__name__
    if isinstance(error, SMTPResponseException):
        return Answer(Fault.OURS, f"{name} {_numbers(error.smtp_code, error.smtp_error)}")
    return Answer(Fault.OURS, name)


def _from(code: int, text: bytes | str) -> Answer:
    said = _numbers(code, text)
    if 400 <= code < 500:
        return Answer(Fault.LATER, said)
    if code in OF_OUR_LOGIN:
        return Answer(Fault.OURS, said)
    return Answer(_by_status(code, text) or BY_REPLY_CODE.get(code, Fault.OURS), said)


def _by_status(code: int, text: bytes | str) -> Fault | None:
    """Returns None if there is no enhanced status code, or one that says "other": X.0.0, X.5.0."""
    found = ENHANCED.match(_decoded(text))
    if found is None or found[1] != str(code)[:1]:
        return None
    status = (int(found[2]), int(found[3]))
    if status == (5, 0):
        return None
    return BY_STATUS.get(status, BY_SUBJECT.get(status[0]))


def _numbers(code: int, text: bytes | str) -> str:
    """Returns only the numbers of an answer: its words may quote the address."""
    found = ENHANCED.match(_decoded(text))
    return f"{code} {found[0]}" if found else str(code)


def _decoded(text: bytes | str) -> str:
    return text.decode("ascii", "replace") if isinstance(text, bytes) else text
