"""What a member sees, read-only, for phone support. Staff cannot act as the member, nothing on the
page can be changed, and Invoice Cloud is not called."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.credentials import email_change
from accounts.helpers.rows import shared_with
from accounts.linked_accounts import kept, refresh
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, Member, StaffUser
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from icsso.billers.announcements import models as announcements
from payments.checkout.history import entries, history_of

SHOWN = 20  # a property manager may have thousands


class Row(NamedTuple):
    link: LinkedAccount
    balance: Balance | None


@staff_page("accounts.see_as_member")
@require_safe
def as_member(request: StaffRequest[StaffUser], pk: int) -> HttpResponse:
    members = Member.objects.filter(biller__in=request.billers).select_related("biller")
    member = get_object_or_404(members, pk=pk)
    use_zone_of(member.biller)
    audit.note(member, Event.SEEN, request=request)
    links = list(member.links.select_related("account")[:SHOWN])
    number = member.links.count()
    return render_page(
        request,
        "admin/as_member.html",
        title=member.email,
        member_seen=member,
        rows=_rows(member, links, is_list=number > refresh.MOST_CARDS),
        all_links=number,
        helped=list(shared_with(member)[:SHOWN]),
        to_prove=member.all_links.awaiting_proof().count(),
        paid=entries(history_of(member)[:SHOWN], member),
        announcement=announcements.current(member.biller.pk),
        pending=email_change.pending(member),
        changes=member.credential_changes.open().order_by("-asked_at")[:SHOWN],
        sign_ins=member.sign_ins.alive()[:SHOWN],
    )


def _rows(member: Member, links: list[LinkedAccount], *, is_list: bool) -> list[Row]:
    """Returns what the dashboard shows before Invoice Cloud is asked: cards leave out balances that
    may have changed on the billing pages since."""
    zone = member.biller.zone
    if is_list:
        return [Row(link, kept.of(link, zone=zone)) for link in links]
    current = kept.current(links, zone=zone)
    return [Row(link, current.get(link.account_id)) for link in links]
