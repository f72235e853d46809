"""Django looks for admin pages here; each module registers its own."""

from accounts.admin import linked_accounts, members, records, staff, utility_accounts

__all__ = ["linked_accounts", "members", "records", "staff", "utility_accounts"]
