"""The requests of members' pages and of the admin."""

from typing import cast

from django.http import HttpRequest

from accounts.models import Member, StaffUser
from icsso.billers.decorators import BillerRequest


class MemberRequest(BillerRequest):
    """`member_required` sets `member`: the signed-in member of `biller`."""

    member: Member


def is_by_script(request: HttpRequest) -> bool:
    """Returns whether a page's own script (static/js) requests a part of a page."""
    return request.headers.get("X-Requested-With") == "fetch"


def staff_user(request: HttpRequest) -> StaffUser:
    """Returns the staff user, for a request that the admin has let through."""
    return cast(StaffUser, request.user)
