"""What a member sees, for support at the telephone: read only. Nobody becomes the member for it,
nothing on it acts, and Invoice Cloud is not asked."""

from typing import NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.credentials import email_change
from accounts.linked_accounts import balances
from accounts.linked_accounts.balances import Balance
from accounts.models import LinkedAccount, Member
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.scope import billers_of
from icsso.billers.announcements import models as announcements
from payments.checkout.history import entries, history_of

SHOWN = 20  # of thousands that a property manager has
PERMISSION = "accounts.see_as_member"


class Row(NamedTuple):
    link: LinkedAccount
    balance: Balance | None  # if somebody asked for it within the last minute


@never_cache
@require_safe
def as_member(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    members = Member.objects.filter(biller__in=billers_of(request)).select_related("biller")
    member = get_object_or_404(members, pk=pk)
    audit.note(member, Event.SEEN, request=request)
    links = list(member.links.select_related("account")[:SHOWN])
    known = balances.known((link.account for link in links), member=member)
    context = {
        **admin.site.each_context(request),
        "title": member.email,
        "member_seen": member,
        "rows": [Row(link, known.get(link.account_id)) for link in links],
        "all_links": member.links.count(),
        "paid": entries(history_of(member)[:SHOWN], member),
        "announcement": announcements.current(member.biller_id or 0),
        "pending": email_change.pending(member),
        "changes": member.credential_changes.open().order_by("-asked_at")[:SHOWN],
        "sign_ins": member.sign_ins.alive()[:SHOWN],
    }
    return render(request, "admin/as_member.html", context)
