"""The tables of docs/roles.md: which page needs which permission, and which roles have it.

They are read from the URLs of the admin site, so that no page is left out.
"""

import re
from collections.abc import Iterable, Iterator
from inspect import unwrap
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.urls import URLPattern

from backoffice.admin_base import OPERATIONS, ScopedModelAdmin
from backoffice.roles import ROLES
from backoffice.staff_pages import StaffPage

NOBODY, SUPERUSERS = "–", "superuser"


class Page(NamedTuple):
    """permissions: all that the page requires; empty for pages open to every staff user."""

    address: str
    permissions: tuple[str, ...]


def tables() -> str:
    """Returns the two tables in Markdown: records, and other pages."""
    records = (_record(model_admin) for model_admin in _model_admins())
    headings = ("record", "permission", "see", "add", "change", "delete")
    pages = (
        (f"`{page.address}`", _quoted(page.permissions) or NOBODY, _roles_with(*page.permissions))
        for page in sorted(pages_besides_records())
    )
    return f"{_table(headings, records)}\n{_table(('page', 'permission', 'roles'), pages)}"


def pages_besides_records() -> Iterator[Page]:
    """Returns every page of the admin site that is not one of a `ModelAdmin`'s own."""
    views: dict[str, Any] = {}
    for address, view in _addresses(admin.site.get_urls(), "/admin/"):
        views.setdefault(address, view)  # the first one answers
    for address, view in views.items():
        if isinstance(view, StaffPage):
            yield Page(address, view.permissions)
        elif not isinstance(_owner(view), admin.ModelAdmin):
            yield Page(address, ())


def _owner(view: Any) -> Any:
    """Returns the object whose method the view is, if any."""
    return getattr(view, "model_admin", None) or getattr(unwrap(view), "__self__", None)


def _addresses(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        address = prefix + re.sub(r"\^|\$|\(\?P(<\w+>)[^)]*\)", r"\1", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield re.sub(r"<\w+:", "<", address), pattern.callback
        else:
            yield from _addresses(pattern.url_patterns, address)


def _model_admins() -> list[admin.ModelAdmin[Any]]:
    registered = admin.site._registry.values()
    return sorted(registered, key=lambda model_admin: model_admin.opts.label_lower)


def _record(model_admin: admin.ModelAdmin[Any]) -> list[str]:
    opts = model_admin.opts
    usual = f"{opts.app_label}.…_{opts.model_name}"
    permission = getattr(model_admin, "permission", "") or usual
    needed = [_permission(model_admin, operation) for operation in OPERATIONS]
    roles = [_roles_with(one) if one else NOBODY for one in needed]
    return [f"`{opts.app_label}/{opts.model_name}`", f"`{permission}`", *roles]


def _permission(model_admin: admin.ModelAdmin[Any], operation: str) -> str | None:
    if isinstance(model_admin, ScopedModelAdmin):
        return model_admin.permission_for(operation)
    opts = model_admin.opts
    return f"{opts.app_label}.{get_permission_codename(operation, opts)}"


def _roles_with(*permissions: str) -> str:
    having = [name for name, role in ROLES.items() if role.issuperset(permissions)]
    return "all staff" if not permissions else ", ".join(having) or SUPERUSERS


def _quoted(permissions: Iterable[str]) -> str:
    return ", ".join(f"`{permission}`" for permission in permissions)


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(headings), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
