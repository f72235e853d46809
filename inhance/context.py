"""Context available to every template."""

from functools import cache as once
from typing import Any

from django.http import HttpRequest

from accounts.models import Member
from icsso.billers.announcements.models import current
from icsso.billers.branding.style_sheet import brand_version
from icsso.billers.ways_to_pay.models import WaysToPay, current_ways


def portal(request: HttpRequest) -> dict[str, Any]:
    biller = getattr(request, "biller", None)
    return {
        "biller": biller,
        "brand_version": brand_version(biller.accent) if biller else "",
        # Called only if the template uses it, and once: other pages need no session and no query.
        "other_ways": once(lambda: current_ways(biller, WaysToPay.Kind.OTHER) if biller else None),
        "paying_help": once(lambda: current_ways(biller, WaysToPay.Kind.HELP) if biller else None),
        "announcement": once(lambda: current(biller.pk) if biller else None),
        "member": once(lambda: signed_in_member(request)),
    }


def signed_in_member(request: HttpRequest) -> Member | None:
    """Returns the signed-in member of this biller, or None (staff are not members)."""
    user = getattr(request, "user", None)
    biller = getattr(request, "biller", None)
    if biller and isinstance(user, Member) and user.biller_id == biller.pk:
        user.biller = biller  # the same one, so that no page looks it up again
        return user
    return None
