"""Django looks for admin pages here; each module registers its own."""

from posting.files import admin as files
from posting.webhooks import admin as webhooks

__all__ = ["files", "webhooks"]
