"""Django looks for admin pages here; each module registers its own."""

from accounts.admin import members, records, staff

__all__ = ["members", "records", "staff"]
