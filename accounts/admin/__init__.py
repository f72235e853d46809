"""Django looks for admin pages here; each module registers its own."""

from accounts.admin import records, users

__all__ = ["records", "users"]
