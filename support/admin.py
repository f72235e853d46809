"""Django looks for admin pages here; each module registers its own."""

from support.accounts import page as accounts
from support.customers import page as customers

__all__ = ["accounts", "customers"]
