"""What `accounts` holds about a member. Legal holds are left out: the law may forbid mentioning
them, and they are deleted together with the member."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Signup
from accounts.models.undelivered_email import label_of
from accounts.privacy import helping
from accounts.privacy.addresses import entries_about
from accounts.privacy.registry import Item, Part, register
from accounts.sessions import services as sessions
from backoffice.audit.events import what_happened
from backoffice.exports.files import one_by_one

DELETED = _("deleted")


def _field(name: str, label: Any) -> Item:
    """A field, or its text if it has choices."""

    def value(row: Any) -> Any:
        text = getattr(row, f"get_{name}_display", None)
        return str(text()) if text else getattr(row, name)

    return Item(name, label, value)


def _shared(helper: Any) -> str:
    """Returns the endings of the account numbers, which are all that the helper knows of them."""
    rows = helper.accounts.filter(link__needs_proof_since=None).select_related("link__account")
    return ", ".join(row.link.account.masked_number for row in rows)


def _account(row: Any) -> str:
    return row.account.account_number if row.account else ""


# Of the utility account, as imported from the CIS.
CIS = (
    ("name", _("name")),
    ("address", _("service address")),
    ("city", _("city")),
    ("state", _("state")),
    ("zip", _("ZIP code")),
    ("email", _("email")),
    ("phone", _("phone")),
)


def _cis(name: str, label: Any) -> Item:
    """A field of the utility account; empty if the CIS has since given the account to somebody
    else."""

    def value(link: Any) -> str:
        return getattr(link.account, name) if link.needs_proof_since is None else ""

    return Item(f"account_{name}", label, value)


HELP = (
    Item("accounts", _("accounts"), _shared),
    _field("right", _("access")),
    _field("ends_on", _("until")),
    _field("invited_at", _("invited")),
    _field("accepted_at", _("accepted")),
    _field("used_at", _("last used")),
    _field("ended_at", _("ended")),
    _field("ended_by", _("how it ended")),
)
ACCOUNT = Item("account_number", _("account number"), _account)


def _of(relation: str, *related: str) -> Callable[[Member], Iterator[Any]]:
    return lambda member: one_by_one(getattr(member, relation).select_related(*related))


def _event(entry: Any) -> str:
    return what_happened((entry.additional_data or {}).get("event"), entry.action)


def _fields_changed(entry: Any) -> str:
    return ", ".join(sorted(entry.changes or ()))


register(
    Part(
        "member",
        _("online account"),
        (
            _field("email", _("email")),
            _field("language", _("language")),
            _field("is_active", _("can sign in")),
            _field("joined_at", _("joined")),
            _field("last_login", _("last sign-in")),
            _field("registered_at", _("registered at Invoice Cloud")),
            _field("billing_visited_at", _("last on a billing page")),
            Item("two_step", _("two-step verification"), lambda row: hasattr(row, "second_factor")),
        ),
        lambda member: [member],
        DELETED,
    ),
    Part(
        "linked_accounts",
        _("linked accounts"),
        (
            ACCOUNT,
            _field("nickname", _("nickname")),
            _field("linked_at", _("linked")),
            _field("origin", _("how it came about")),
            _field("state", _("status at Invoice Cloud")),
            _field("note", _("note")),
            *(_cis(name, label) for name, label in CIS),
        ),
        _of("all_links", "account"),
        DELETED,
    ),
    Part(
        "unlinked_accounts",
        _("unlinked accounts"),
        (ACCOUNT, _field("unlinked_at", _("unlinked"))),
        _of("unlinked_accounts", "account"),
        DELETED,
    ),
    Part(
        "unknown_accounts",
        _("accounts not in the CIS"),
        (_field("account_number", _("account number")), _field("seen_at", _("last seen"))),
        _of("unknown_accounts"),
        DELETED,
    ),
    Part(
        "helpers",
        _("who helps this member"),
        (_field("email", _("invited email")), *HELP),
        _of("helpers"),
        DELETED,
        helping.erase_helpers,
    ),
    Part(
        "helping",
        _("whom this member helps"),
        (Item("owner", _("email"), lambda row: row.masked_owner), *HELP),
        _of("helping", "owner"),
        DELETED,
        helping.erase_helping,
    ),
    Part(
        "signups",
        _("sign-ups"),
        (
            _field("email", _("email")),
            _field("kind", _("signed up with")),
            ACCOUNT,
            _field("asked_at", _("requested")),
            _field("finished_at", _("finished")),
        ),
        lambda member: one_by_one(Signup.objects.filter(member=member).select_related("account")),
        DELETED,
    ),
    Part(
        "sessions",
        _("where signed in"),
        (
            _field("signed_in_at", _("signed in")),
            _field("browser", _("browser")),
            _field("system", _("device")),
            _field("network", _("partial network address")),
        ),
        lambda member: member.sign_ins.alive(),
        _("ended at once"),
        lambda member: sessions.end_all(member.pk),
    ),
    Part(
        "passkeys",
        _("passkeys"),
        (
            _field("name", _("name")),
            _field("added_at", _("added")),
            _field("used_at", _("last used")),
            _field("rp_id", _("host name")),
        ),
        _of("passkeys"),
        DELETED,
    ),
    Part(
        "failed_sign_ins",
        _("failed sign-ins"),
        (
            _field("at", _("when")),
            _field("browser", _("browser")),
            _field("system", _("device")),
            _field("network", _("partial network address")),
        ),
        _of("failed_sign_ins"),
        DELETED,
    ),
    Part(
        "credential_changes",
        _("credential changes"),
        (
            _field("kind", _("kind")),
            _field("state", _("state")),
            _field("reason", _("reason")),
            _field("new_email", _("new email")),
            _field("asked_at", _("requested")),
            _field("ended_at", _("ended")),
        ),
        _of("credential_changes"),
        DELETED,
    ),
    Part(
        "account_syncs",
        _("account syncs"),
        (
            _field("started_at", _("started")),
            _field("linked", _("accounts linked in the portal")),
            _field("registered", _("accounts registered at Invoice Cloud")),
        ),
        _of("account_syncs"),
        DELETED,
    ),
    Part(
        "emails_sent",
        _("emails sent"),
        (
            _field("at", _("when")),
            _field("email", _("email")),
            Item("kind", _("kind"), lambda row: str(label_of(row.notification))),
        ),
        _of("sentemail_set"),
        DELETED,
    ),
    Part(
        "emails_not_delivered",
        _("undelivered emails"),
        (
            _field("at", _("when")),
            _field("email", _("email")),
            Item("kind", _("kind"), lambda row: str(row.label)),
            _field("reason", _("reason")),
        ),
        _of("undeliveredemail_set"),
        DELETED,
    ),
    Part(
        "audit_log",
        _("audit log"),
        (
            Item("at", _("when"), lambda entry: entry.timestamp),
            Item("what", _("action"), _event),
            Item("fields", _("changed fields"), _fields_changed),
        ),
        lambda member: one_by_one(entries_about(member)),
        _("kept: what was done and when, but no longer whom it was about"),
    ),
)
