"""What every template knows."""

from typing import Any

from django.http import HttpRequest

from accounts.models import Member
from icsso.billers.announcements.models import current
from icsso.billers.branding import brand_version


def portal(request: HttpRequest) -> dict[str, Any]:
    biller = getattr(request, "biller", None)
    return {
        "biller": biller,
        "brand_version": brand_version(biller.accent) if biller else "",
        "announcement": lambda: current(biller.pk) if biller else None,
        # Called by the template that asks: a page without it needs no session and no query.
        "member": lambda: signed_in_member(request),
    }


def signed_in_member(request: HttpRequest) -> Member | None:
    """Who is signed in here, if it is a member of this biller (staff are not)."""
    user = getattr(request, "user", None)
    biller = getattr(request, "biller", None)
    if biller and isinstance(user, Member) and user.biller_id == biller.pk:
        return user
    return None
