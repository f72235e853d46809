"""Asks Invoice Cloud for one balance when staff press a button, never while a page is rendered."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.linked_accounts import balances
from accounts.models import Member, StaffUser, UtilityAccount
from accounts.ratelimit import STAFF, allowed
from backoffice.staff_pages import StaffRequest, staff_page


@staff_page("accounts.view_utilityaccount")
@require_POST
def refresh(request: StaffRequest[StaffUser], pk: int) -> HttpResponse:
    """Returns to the page of the account, or of the member if `?member` names one."""
    accounts = UtilityAccount.objects.filter(biller__in=request.billers).select_related("biller")
    account = get_object_or_404(accounts, pk=pk)
    linked = Member.objects.filter(all_links__account=account, all_links__needs_proof_since=None)
    asked = request.GET.get("member", "")
    by_key = linked.filter(pk=asked) if asked.isdecimal() and len(asked) < 19 else linked.none()
    member = by_key.first()
    # Without a member, Invoice Cloud may need an email to find the account: the CIS's.
    known = member or linked.order_by("pk").first() or Member(email=account.email)
    if not allowed("balance", request=request, key=str(account.pk), place=STAFF):
        messages.warning(request, _("Invoice Cloud was asked just now. Try again in a minute."))
    elif balances.of(account, member=known) is None:
        messages.warning(request, _("Invoice Cloud doesn't give the balance right now."))
    if member and request.user.has_perm("accounts.view_member"):
        return redirect(reverse("admin:accounts_member_change", args=[member.pk]) + "#accounts")
    return redirect(reverse("admin:accounts_utilityaccount_change", args=[account.pk]))
