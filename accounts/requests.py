"""The request passed to a member's page."""

from accounts.models import Member
from icsso.billers.decorators import BillerRequest


class MemberRequest(BillerRequest):
    """`member_required` sets `member`: the signed-in member of `biller`."""

    member: Member
