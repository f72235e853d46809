"""The request that a member's page gets."""

from accounts.models import Member
from icsso.billers.decorators import BillerRequest


class MemberRequest(BillerRequest):
    """`member_required` has set `member`: who is signed in, a member of `biller`."""

    member: Member
