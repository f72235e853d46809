"""A member's list as a spreadsheet."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.linked_accounts import kept, listing
from accounts.linked_accounts.listing import Asked
from accounts.linked_accounts.received import of_member
from accounts.models import LinkedAccount
from accounts.requests import MemberRequest
from backoffice.exports.files import csv_text, in_batches
from icsso.billers.decorators import member_required
from icsso.billers.models import Biller

MOST = 50_000  # accounts in one file
BATCH = 500


@require_safe
@member_required
def export(request: MemberRequest) -> StreamingHttpResponse:
    """The rows of the list, in its order, as CSV."""
    asked, lately = Asked.of(request.GET), of_member(request.member)
    found = listing.found(request.member, asked, waiting=lately.waiting)
    keys = list(found.values_list("pk", flat=True)[:MOST])
    headings = [
        _("Account number"),
        _("Nickname"),
        _("Service address"),
        _("Balance"),
        _("Due date"),
        _("AutoPay"),
        _("As of"),
    ]
    text = csv_text(headings, _cells(request, keys))
    response = StreamingHttpResponse(text, content_type="text/csv; charset=utf-8")
    day = request.biller.today().isoformat()
    response["Content-Disposition"] = f'attachment; filename="accounts-{day}.csv"'
    return response


def _cells(request: MemberRequest, keys: Sequence[int]) -> Iterator[Sequence[Any]]:
    """Reads in batches, without an open cursor. Skips accounts that were just unlinked."""
    links = request.member.links.select_related("account").order_by()
    words = {True: _("On"), False: _("Off"), None: ""}
    for batch in in_batches(keys, BATCH):
        loaded = {link.pk: link for link in links.filter(pk__in=batch)}
        for key in batch:
            if link := loaded.get(key):
                yield _line(link, request.biller, words)


def _line(link: LinkedAccount, biller: Biller, words: dict[bool | None, str]) -> Sequence[Any]:
    balance = kept.of(link, zone=biller.zone)
    account = link.account
    return [
        account.account_number,
        link.nickname,
        account.address,
        balance.amount if balance else "",
        balance.due_date.isoformat() if balance and balance.due_date else "",
        words[link.autopay],
        timezone.localtime(balance.asked_at, biller.zone) if balance else "",
    ]
