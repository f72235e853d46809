"""Whose fault it is that an email was not accepted, and so what becomes of it.

Until the recipient is named, every failure is ours: the connection, EHLO, STARTTLS, our login, our
sender. After that, the server's answer decides: its enhanced status code (RFC 3463, RFC 5248) if it
has a specific one, otherwise the words for what it is about, otherwise its reply code (RFC 5321).
Table: docs/reliability.md, "Email".
"""

import re
from enum import StrEnum
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from typing import NamedTuple


class Fault(StrEnum):
    RECIPIENT = "recipient"  # final: the mailbox does not exist or does not accept the email
    LATER = "later"  # a temporary problem of the server or the mailbox
    OURS = "ours"  # the email is fine: someone has to repair the portal's mail server or settings


class Answer(NamedTuple):
    """code: like `550 5.1.1`, or the name of the error if the server did not answer.

    may_pass: the server said so (4xx). If it does not, someone has to look at it.
    """

    fault: Fault
    code: str
    may_pass: bool = False


# An enhanced status code: class, subject, and detail. It is at the beginning of the text, or
# anywhere if it is written like #5.7.1.
ENHANCED = re.compile(r"(?:^[\[(]?|#)([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\w)", re.ASCII)
# Reply codes that say something about the login, whatever is written behind them.
OF_OUR_LOGIN = {530, 534, 535, 538}
# A host or a domain that accepts no email from anybody (RFC 7504): beside them, X.3.2 isn't
# temporary.
OF_THEIR_HOST = {521, 556}
# Yahoo writes 5.7.2 beside it, and means the reputation of our server.
OF_OUR_REPUTATION = re.compile(r"\[TSS\d|\ball messages from \d", re.IGNORECASE)
BY_REPLY_CODE = {
    501: Fault.RECIPIENT,  # the recipient's address is no address
    550: Fault.RECIPIENT,  # no such mailbox
    551: Fault.RECIPIENT,  # moved
    552: Fault.LATER,  # the mailbox is full
    553: Fault.RECIPIENT,  # mailbox name not allowed
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
    (1, 90): Fault.OURS,  # Microsoft's "daily limit for message recipients"
    (2, 2): Fault.LATER,  # mailbox full
    # Microsoft's "too many messages in an hour", from one sender or from all.
    **dict.fromkeys(((2, 121), (2, 122)), Fault.LATER),
    (3, 4): Fault.OURS,  # too big for the mail system
    (4, 1): Fault.RECIPIENT,  # no answer from host; Microsoft's "no such recipient"
    (4, 4): Fault.RECIPIENT,  # the recipient's domain has no mail server
    (4, 5): Fault.OURS,  # Google's "daily user sending limit exceeded"
    (4, 310): Fault.RECIPIENT,  # Microsoft's "domain does not exist"
    (6, 7): Fault.RECIPIENT,  # the address has letters that its server does not accept
    (7, 2): Fault.RECIPIENT,  # mailing list that not everyone can write to
    (7, 13): Fault.RECIPIENT,  # account disabled
    (7, 17): Fault.RECIPIENT,  # the mailbox has another owner now
    (7, 18): Fault.RECIPIENT,  # the domain has another owner now
    # Microsoft's (7, 2): who may write to a group, a mailbox, a public folder, or a mail user.
    **dict.fromkeys(((7, 124), (7, 133), (7, 134), (7, 135), (7, 136)), Fault.RECIPIENT),
}


MOST_WORDS = 1000  # characters: the reason is at the beginning
# What a server quotes: addresses, host names, and numbers. `relay@example.com` says nothing.
QUOTED = re.compile(r"<[^<>]*>|\S*@\S*|\S+\.\.\.|[\w-]+(?:\.[\w-]+)+")
# What an answer is about, if its numbers leave that open. The first that fits decides.
BY_WORDS = (
    (
        re.compile(
            r"\b(?:senders?|(?:mail|envelope)[ -]from|from (?:address|domain|header)"
            r"|return[ -]?path|helo|ehlo|sending (?:address|domain|account|host|server|limit)"
            r"|your (?:ip|host\w*|server|client|network|domain|account|login|password))\b"
        ),
        Fault.OURS,
    ),
    (
        re.compile(
            r"\b(?:mailbox|inbox) (?:is )?full\b|\bover (?:the |its )?quota\b|\bquota exceeded\b"
        ),
        Fault.LATER,
    ),
    (
        re.compile(
            r"\b(?:unknown|no such|invalid|no|inactive|disabled) "
            r"(?:local |e-?mail )?(?:user|recipient|mailbox|account|person|local part)\b"
            r"|\b(?:user|recipient|mailbox|account)(?: name| address| is| was| does| has been)*:? "
            r"(?:unknown|unavailable|inactive|disabled|suspended|closed|invalid"
            r"|doesn't have an? (?:e-?mail )?account"  # Yahoo
            r"|not (?:known|found|exist|active|available|valid|allowed)|doesn't exist)\b"
        ),
        Fault.RECIPIENT,
    ),
    (
        re.compile(
            r"\b(?:relay\w*|rcpthosts|(?:un)?auth\w*|log ?in|credentials?|passwords?|polic(?:y|ies)"
            r"|not permitted|prohibit\w*|denied|too many|rate|send(?:ing)?|submission"
            r"|(?:start)?tls|encrypt\w*|certificates?|size|too (?:big|large)|access"
            r"|client host|host (?:not allowed|rejected|blocked)"
            r"|spam\w*|virus\w*|malware|phish\w*|content|reputation|blocked|banned"
            r"|(?:black|block|deny)[ -]?list\w*|rbl|dnsbl|spf|dkim|dmarc"
            r"|(?:reverse|r)[ -]?dns|ptr|ip address)\b"
        ),
        Fault.OURS,
    ),
)


def answer_of(error: Exception) -> Answer:
    """Returns what an error of `message.send()` means for an email to one recipient."""
    if isinstance(error, SMTPRecipientsRefused):
        [(code, text)] = error.recipients.values()
        return _from(code, _decoded(text))
    if isinstance(error, SMTPDataError):
        return _from(error.smtp_code, _decoded(error.smtp_error), is_about_contents=True)
    name = type(error).__name__
    if isinstance(error, SMTPResponseException):
        code = error.smtp_code
        said = f"{name} {_numbers(code, _decoded(error.smtp_error))}"
        return Answer(Fault.OURS, said, may_pass=_is_temporary(code))
    return Answer(Fault.OURS, name)


def _from(code: int, text: str, *, is_about_contents: bool = False) -> Answer:
    said = _numbers(code, text)
    if _is_temporary(code):
        return Answer(Fault.LATER, said, may_pass=True)
    if code in OF_OUR_LOGIN or OF_OUR_REPUTATION.search(text):
        return Answer(Fault.OURS, said)
    if code in OF_THEIR_HOST and not is_about_contents:
        return Answer(Fault.RECIPIENT, said)
    fault = _by_words(text) if _says_other(code, text) else None
    fault = fault or _by_status(code, text) or _by_reply_code(code, is_about_contents)
    return Answer(fault, said)


def _is_temporary(code: int) -> bool:
    return 400 <= code < 500


def _by_reply_code(code: int, is_about_contents: bool) -> Fault:
    """The recipient has been accepted before the contents are sent."""
    fault = BY_REPLY_CODE.get(code, Fault.OURS)
    return Fault.OURS if is_about_contents and fault is Fault.RECIPIENT else fault


def _status(code: int, text: str) -> tuple[int, int] | None:
    """Returns subject and detail of the enhanced status code, if there is one."""
    found = ENHANCED.search(text)
    return (int(found[2]), int(found[3])) if found and found[1] == str(code)[:1] else None


def _says_other(code: int, text: str) -> bool:
    """Whether the numbers leave open what it is about: X.1.0 is "other address status", and
    also what some servers answer to a sender that they do not accept."""
    return _status(code, text) in {None, (0, 0), (1, 0), (2, 0), (3, 0), (5, 0)}


def _by_words(text: str) -> Fault | None:
    words = " ".join(QUOTED.sub(" ", text[:MOST_WORDS].lower()).split())
    return next((fault for about, fault in BY_WORDS if about.search(words)), None)


def _by_status(code: int, text: str) -> Fault | None:
    """Returns None if there is no enhanced status code, or one that says "other": X.0.0, X.5.0."""
    status = _status(code, text)
    if status is None or status == (5, 0):
        return None
    return BY_STATUS.get(status, BY_SUBJECT.get(status[0]))


def _numbers(code: int, text: str) -> str:
    """Returns only the numbers of an answer: its words may quote the address."""
    found = ENHANCED.search(text)
    return f"{code} {found[1]}.{found[2]}.{found[3]}" if found else str(code)


def _decoded(text: bytes | str) -> str:
    return text.decode("ascii", "replace") if isinstance(text, bytes) else text
