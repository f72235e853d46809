"""A member's own accounts: the dashboard and My accounts."""

from collections.abc import Mapping
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render

from icsso.access import BillerRequest, member_required


@member_required
def dashboard(
    request: BillerRequest, not_yet_posted: Mapping[int, Decimal] | None = None
) -> HttpResponse:
    """not_yet_posted: dollars received today by utility account, not yet in its balance."""
    return render(request, "accounts/dashboard.html")


@member_required
def my_accounts(request: BillerRequest) -> HttpResponse:
    return render(request, "accounts/my_accounts.html")
