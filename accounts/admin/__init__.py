"""Django looks for admin pages here; each module registers its own."""

from accounts.admin import (
    helpers,
    invitations,
    legal_holds,
    linked_accounts,
    members,
    records,
    staff,
    utility_accounts,
)

__all__ = [
    "helpers",
    "invitations",
    "legal_holds",
    "linked_accounts",
    "members",
    "records",
    "staff",
    "utility_accounts",
]
