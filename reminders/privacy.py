"""What `reminders` holds about a member. All of it is deleted with the member."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.privacy.parts import DELETED
from accounts.privacy.registry import Item, Part, register
from backoffice.exports.files import one_by_one


def _choices(member: Member) -> list[Any]:
    has_any = hasattr(member, "calendar_feed") or hasattr(member, "reminder_opt_out")
    return [member] if has_any else []


register(
    Part(
        "reminder_choices",
        _("calendar feed and reminder emails"),
        (
            Item(
                "calendar_since",
                _("calendar feed since"),
                lambda row: getattr(getattr(row, "calendar_feed", None), "made_at", None),
            ),
            Item(
                "no_emails_since",
                _("no reminder emails since"),
                lambda row: getattr(getattr(row, "reminder_opt_out", None), "at", None),
            ),
        ),
        _choices,
        DELETED,
    ),
    Part(
        "reminders",
        _("reminders"),
        (
            Item("at", _("when"), lambda row: row.at),
            Item("how", _("how"), lambda row: str(row.get_how_display())),
            Item("about", _("about"), lambda row: row.about),
        ),
        lambda member: one_by_one(member.past_reminders.all()),
        DELETED,
    ),
)
