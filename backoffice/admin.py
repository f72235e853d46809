"""Django looks for admin pages here; each module registers its own."""

from backoffice.audit import admin

__all__ = ["admin"]
