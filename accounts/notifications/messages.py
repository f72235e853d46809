"""The notifications that members get.

Each takes its links and contents as arguments. The caller decides which one to send, and creates
the tokens. What is returned has to be called after the commit (`delivery.prepare`).
"""

from enum import StrEnum
from typing import Any

from accounts.models import Member
from accounts.notifications import delivery as emails
from accounts.notifications.delivery import Later
from icsso.billers.models import Biller


def finish_signup(*, to: str, biller: Biller, language: str, link: str) -> Later:
    return emails.prepare(
        "finish_signup", to=to, biller=biller, language=language, context={"link": link}
    )


def finish_existing_login(*, to: str, biller: Biller, language: str, link: str) -> Later:
    """For someone who signs up with the login they have at Invoice Cloud."""
    return emails.prepare(
        "finish_existing_login", to=to, biller=biller, language=language, context={"link": link}
    )


def already_member(*, to: str, biller: Biller, language: str, sign_in: str, reset: str) -> Later:
    """For someone who signs up with a member's email."""
    links = {"link": sign_in, "other_link": reset}
    return emails.prepare("already_member", to=to, biller=biller, language=language, context=links)


def reset_password(member: Member, *, link: str) -> Later:
    return _to_member("reset_password", member, link=link)


def password_changed(member: Member, *, link: str) -> Later:
    """link: for a new password, in case it was someone else."""
    return _to_member("password_changed", member, link=link)


def approve_password(member: Member, *, link: str) -> Later:
    return _to_member("approve_password", member, link=link)


def reconnect(member: Member, *, link: str) -> Later:
    """Asks for approval to set the portal's password at Invoice Cloud (story 10)."""
    return _to_member("reconnect", member, link=link)


def approve_email(member: Member, *, new_email: str, link: str) -> Later:
    """To the old address."""
    return _to_member("approve_email", member, new_email=new_email, link=link)


def confirm_email(member: Member, *, new_email: str, link: str) -> Later:
    """To the new address."""
    return _to_member("confirm_email", member, to=new_email, link=link)


def email_in_use(member: Member, *, new_email: str) -> Later:
    """To the new address, which belongs to another member."""
    return _to_member("email_in_use", member, to=new_email)


def email_changes_later(member: Member, *, new_email: str) -> Later:
    """To the old address. Without a link: a scheduled command may send it, and it has no host."""
    return _to_member("email_changes_later", member, new_email=new_email)


def email_changed(member: Member, *, old_email: str) -> list[Later]:
    """To both addresses. Without a link, for the same reason."""
    return [
        _to_member("email_changed", member, to=to, is_old=to == old_email, new_email=member.email)
        for to in (old_email, member.email)
    ]


def prove_again(member: Member, *, numbers: list[str], further: int) -> Later:
    """numbers: masked. further: how many more accounts have another customer now. Without a link,
    because imports are also run by a command, which has no host."""
    accounts = len(numbers) + further
    return _to_member("prove_again", member, numbers=numbers, further=further, accounts=accounts)


class TwoStep(StrEnum):
    """What the email is about."""

    ON = "on"
    OFF = "off"
    NEW_CODES = "new codes"
    RECOVERED = "recovered"
    WRONG_CODES = "wrong codes"


def two_step(member: Member, what: TwoStep, *, link: str) -> Later:
    """link: if it was turned on, to turn it off again; otherwise for a new password."""
    return _to_member("two_step", member, what=what, link=link)


def _to_member(name: str, member: Member, *, to: str = "", **context: Any) -> Later:
    """to: if it is not the member's own address."""
    return emails.prepare(
        name,
        to=to or member.email,
        biller=member.biller,
        language=member.language,
        context=context,
    )
