"""The notifications that members get.

Each takes its links and contents as arguments. The caller decides which one to send, and creates
the tokens. What is returned has to be called after the commit (`delivery.prepare`).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.conf import settings

from accounts.models import Helper, Member, Signup, UtilityAccount
from accounts.notifications import delivery as emails
from accounts.notifications.delivery import Later
from accounts.notifications.quoting import quotable
from icsso.billers.models import Biller


def finish_signup(signup: Signup, *, link: str) -> Later:
    return _for_signup("finish_signup", signup, link=link)


def finish_existing_login(signup: Signup, *, link: str) -> Later:
    """For someone who signs up with the login they have at Invoice Cloud."""
    return _for_signup("finish_existing_login", signup, link=link)


def already_member(member: Member, *, language: str, sign_in: str, reset: str) -> Later:
    """For someone who signs up with this member's email. language: of whoever signs up."""
    return emails.prepare(
        "already_member",
        to=member.email,
        biller=member.biller,
        language=language,
        context={"link": sign_in, "other_link": reset},
        about=member,
    )


def reset_password(member: Member, *, link: str) -> Later:
    return _to_member("reset_password", member, link=link)


def password_changed(
    member: Member, *, link: str, kept: int = 0, dropped: int = 0, passkeys: str = ""
) -> Later:
    """link: for a new password, in case it was someone else. kept, dropped: how many passkeys still
    work, and how many were removed. passkeys: the page that lists them."""
    more = {"other_link": passkeys} if kept or dropped else {}
    return _to_member("password_changed", member, link=link, kept=kept, dropped=dropped, **more)


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


def email_in_use(holder: Member, *, language: str) -> Later:
    """For someone who wants to change to this member's email. language: of whoever wants it."""
    return emails.prepare(
        "email_in_use",
        to=holder.email,
        biller=holder.biller,
        language=language,
        context={},
        about=holder,
    )


def email_changes_later(member: Member, *, new_email: str) -> Later:
    """To the old address. Without a link: the sign-in page leads to a new password."""
    return _to_member("email_changes_later", member, new_email=new_email)


def email_changed(member: Member, *, old_email: str) -> list[Later]:
    """To both addresses. Without a link: there is nothing to do, or staff have to be told."""
    return [
        _to_member("email_changed", member, to=to, is_old=to == old_email, new_email=member.email)
        for to in (old_email, member.email)
    ]


def account_closed(member: Member) -> Later:
    """To the address of someone who is about to be erased: no record of the email is kept."""
    return emails.prepare(
        "account_closed",
        to=member.email,
        biller=member.biller,
        language=member.language,
        is_recorded=False,
    )


def prove_again(member: Member, *, numbers: list[str], further: int, link: str) -> Later:
    """numbers: masked. further: how many more accounts have another customer now. link: to the page
    where they are proved; may be empty."""
    facts: dict[str, Any] = {"numbers": numbers, "further": further, "link": link}
    return _to_member("prove_again", member, accounts=len(numbers) + further, **facts)


def pay_link(account: UtilityAccount, *, to: str, member: Member | None, link: str) -> Later:
    """member: whose address it is; None for the one in the CIS, which says nothing about a
    language."""
    return emails.prepare(
        "pay_link",
        to=to,
        biller=account.biller,
        language=member.language if member else settings.LANGUAGE_CODE,
        context={"link": link, "account": account},
        about=member,
    )


def staff_invitation(
    *, to: str, biller: Biller, billers: list[str], language: str, link: str
) -> Later:
    """billers: the names of all that the person is invited to. To nobody if `to` is empty."""
    context = {"link": link, "billers": billers}
    return emails.prepare(
        "staff_invitation", to=to, biller=biller, language=language, context=context
    )


def staff_password(*, to: str, biller: Biller, language: str, link: str) -> Later:
    """The link for a new password of a staff user."""
    context = {"link": link}
    return emails.prepare(
        "staff_password", to=to, biller=biller, language=language, context=context
    )


class News(StrEnum):
    """What became of a helper's access."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    MORE = "more"  # accounts
    FEWER = "fewer"  # the owner no longer has one of the accounts
    BACK = "back"  # the owner has proved an account again
    ENDING = "ending"  # in a week
    ENDED = "ended"


def helper_invitation(helper: Helper, *, link: str) -> Later:
    """To the invited address. Whoever opens it may be anybody, so the owner is masked."""
    return emails.prepare(
        "helper_invitation",
        to=helper.email,
        biller=helper.owner.biller,
        language=helper.language,
        context={"link": link, **_of_helper(helper)},
        about=helper.owner,
    )


def helper_news(helper: Helper, what: News, *, link: str, ending: str) -> list[Later]:
    """To both, as far as the invitation was accepted. link: to the page of helpers; may be empty.
    ending: of the number of the account that it is about. The helper never learns the owner's
    address."""
    facts = {"what": what, "link": link, "by": helper.ended_by, **_of_helper(helper)}
    facts = {**facts, "ending": ending, "is_accepted": helper.person is not None}
    both = [helper.owner, helper.person] if helper.person else [helper.owner]
    return [
        _to_member("helper_news", each, is_owner=each == helper.owner, **facts) for each in both
    ]


def helper_gone(helper: Helper, *, to: Member) -> Later:
    """To the owner or the helper, when the other one is about to be erased."""
    is_owner = to == helper.owner
    facts = {"what": News.ENDED, "link": "", "by": "", "is_accepted": True, **_of_helper(helper)}
    return _to_member("helper_news", to, is_owner=is_owner, **facts)


def _of_helper(helper: Helper) -> dict[str, Any]:
    return {
        "email": helper.email,
        "owner": helper.masked_owner,
        "may_pay": helper.may_pay,
        "ends_on": helper.ends_on,
    }


class TwoStep(StrEnum):
    """What the email is about."""

    ON = "on"
    ON_WITH_PASSKEY = "on with passkey"
    OFF = "off"
    OFF_WITH_PASSKEYS = "off with passkeys"
    NEW_CODES = "new codes"
    RECOVERED = "recovered"
    WRONG_CODES = "wrong codes"


def two_step(member: Member, what: TwoStep, *, link: str) -> Later:
    """link: if it was turned on, to turn it off again; otherwise for a new password."""
    return _to_member("two_step", member, what=what, link=link)


class PasskeyChange(StrEnum):
    """What the email is about."""

    ADDED = "added"
    RENAMED = "renamed"
    REMOVED = "removed"
    UNDONE = "undone"  # all of them, with an emailed link
    REMOVED_FOR_MEMBER = "removed for member"
    COPIED = "copied"  # maybe: it was refused


def passkey(
    member: Member, what: PasskeyChange, *, names: Sequence[str], link: str, new_name: str = ""
) -> Later:
    """names: of the passkeys it is about, as they were called before. link: if one was added, to
    remove it again; if it may have been copied, to the page that lists them; otherwise for a new
    password. new_name: of one that was renamed."""
    quoted = [quotable(name) for name in names]
    facts: dict[str, Any] = {
        "passkey": quoted[0],
        "passkeys": quoted,
        "new_name": quotable(new_name),
    }
    return _to_member("passkey", member, what=what, link=link, **facts)


def _to_member(name: str, member: Member, *, to: str = "", **context: Any) -> Later:
    """to: if it is not the member's own address."""
    return emails.prepare(
        name,
        to=to or member.email,
        biller=member.biller,
        language=member.language,
        context=context,
        about=member,
    )


def _for_signup(name: str, signup: Signup, **context: Any) -> Later:
    return emails.prepare(
        name,
        to=signup.email,
        biller=signup.biller,
        language=signup.language,
        context=context,
        about=signup,
    )
