"""The dashboard of a member: cards for a few accounts, a list for many. Invoice Cloud is never
called while it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.linked_accounts import balances, kept, listing, refresh
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.listing import FILTERS, ROWS, Summary
from accounts.linked_accounts.paging import ListPage, page_of
from accounts.linked_accounts.received import Received, received_lately
from accounts.models import LinkedAccount, Member, UtilityAccount
from accounts.models.linked_account import LinkedAccountQuerySet
from accounts.requests import MemberRequest, is_by_script
from accounts.sessions.life import passive
from icsso.billers.decorators import member_required
from icsso.billing import session as billing
from icsso.billing import visits
from icsso.billing.sections import BILLING_PAGES, BillingPage

MOST_SELECTED = 50  # accounts that can be paid together, and so selected with one click
ON_CARDS = ("bills", "autopay", "paperless", "pay_by_text")


@dataclass(frozen=True)
class Row:
    """was_asked: if there is no balance, whether Invoice Cloud was asked and gave none.
    is_doubtful: whether it is from before a visit to the billing pages, where it may have
    changed."""

    link: LinkedAccount
    balance: Balance | None
    received: Received | None = None
    was_asked: bool = False
    is_doubtful: bool = False

    @property
    def shows_payment(self) -> bool:
        """Returns whether the balance already includes the recent payments."""
        return self.received is not None and self.received.is_in(self.balance)

    @property
    def waits_for_payment(self) -> bool:
        """Returns whether the balance is from before the recent payments: then it must not be
        called due or overdue."""
        return self.received is not None and not self.shows_payment


@require_safe
@member_required
def dashboard(request: MemberRequest) -> HttpResponse:
    """Returns only the list for the page's script, which checks whether balances have arrived. Only
    a page that is opened counts as coming back from the billing pages."""
    if not is_by_script(request):
        visits.come_back(request)
    page = page_of(request)
    context = page.context()
    rows = _rows(request, page)
    pages = BILLING_PAGES[1:] if page.many else _without_cards()
    further = {
        "rows": rows,
        "billing": billing.load(request.session),
        "billing_pages": pages,
    }
    if page.many and page.summary:
        further |= _list_facts(request, page, page.summary)
    part = "accounts/list.html" if page.many else "accounts/dashboard.html"
    return _page_or_part(request, "accounts/dashboard.html", part, context | further)


def _without_cards() -> tuple[BillingPage, ...]:
    return tuple(page for page in BILLING_PAGES if page.name not in ON_CARDS)


def _rows(request: MemberRequest, page: ListPage) -> list[Row]:
    """Returns the kept balances. Cards leave out balances that may have changed on the billing
    pages since: these are requested after the page. A list says that they are being checked."""
    current = kept.current(page.links, zone=request.biller.zone)
    rows = []
    for link in page.links:
        balance = current.get(link.account_id)
        old = kept.of(link, zone=request.biller.zone) if page.many and not balance else None
        rows.append(_row(link, balance or old, page.lately.received, is_doubtful=bool(old)))
    return rows


def _row(
    link: LinkedAccount,
    balance: Balance | None,
    received: Mapping[int, Received],
    *,
    was_asked: bool = False,
    is_doubtful: bool = False,
) -> Row:
    paid = received.get(link.account_id)
    said = paid if paid and paid.is_said(balance) else None
    return Row(link, balance, said, was_asked, is_doubtful)


def _list_facts(request: MemberRequest, page: ListPage, summary: Summary) -> dict[str, Any]:
    asked = page.asked
    every = request.GET.get("select") == "all"
    chosen = _chosen(request.member, page) if every else {}
    shown = {link.account_id for link in page.links}
    return {
        "filters": [
            (each.label, summary.counts[each.name], asked.address(show=each.name), each.name)
            for each in FILTERS
            if summary.counts[each.name] or asked.show == each.name
        ],
        "everything": asked.address(show=""),
        "sorts": {name: asked.address(sort=name) for name in listing.ORDERS},
        "same_list": asked.address(),
        "select_all": _select_all(page),
        "chosen": chosen,
        "most": MOST_SELECTED,
        "chosen_elsewhere": {pk: cents for pk, cents in chosen.items() if pk not in shown},
        "as_of": _as_of(summary.oldest, request.member.billing_visited_at),
    }


def _select_all(page: ListPage) -> str:
    """Returns the URL that selects all matches, on every page, or as many as can be paid together;
    "" for one page."""
    query = page.asked.address()
    is_long = page.links.paginator.count > ROWS
    return f"{query}{'&' if query[1:] else ''}select=all" if is_long else ""


def _chosen(member: Member, page: ListPage) -> dict[int, int]:
    """Returns the cents owed for each matching account, by its primary key."""
    waiting = page.lately.waiting
    links = listing.found(member, page.asked, waiting=waiting)
    return {
        account: 0 if account in waiting else max(cents or 0, 0)
        for account, cents in links.values_list("account_id", "balance_cents")[:MOST_SELECTED]
    }


def _as_of(oldest: datetime | None, visited: datetime | None) -> datetime | None:
    """Returns when the oldest balance was requested, if that must be shown."""
    if oldest is None:
        return None
    is_doubtful = visited is not None and oldest <= visited
    return oldest if is_doubtful or not Balance.is_recent(oldest) else None


@passive
@require_safe
@member_required
def balance(request: MemberRequest, pk: int) -> HttpResponse:
    """Returns a fragment for the page's script, and a full page otherwise."""
    link = link_or_404(request, pk)
    found = balances.of(link.account, member=request.member)
    received = received_lately(request.member.biller, [pk])
    context = {"link": link, "row": _row(link, found, received, was_asked=True)}
    return _page_or_part(
        request, "accounts/balance.html", "accounts/balance_fragment.html", context
    )


def _page_or_part(
    request: MemberRequest, page: str, part: str, context: dict[str, Any]
) -> HttpResponse:
    """part: the template for a script of the page. page: the one for a browser."""
    response = render(request, part if is_by_script(request) else page, context)
    patch_vary_headers(response, ["X-Requested-With"])
    return response


@require_POST
@member_required
def refresh_balances(request: MemberRequest) -> HttpResponse:
    if refresh.refresh_soon(request.member):
        messages.info(request, _("We're checking your balances. Reload this page in a minute."))
    else:
        messages.info(request, _("We're still checking your balances. Reload this page soon."))
    return redirect("home")


def link_or_404(
    request: MemberRequest, pk: int, links: LinkedAccountQuerySet | None = None
) -> LinkedAccount:
    """Returns the member's link to this utility account: other accounts don't exist for them.

    links: where to look, if not only among links that show their account.
    """
    links = request.member.links if links is None else links
    links = links.select_related("account__biller", "member")
    # Filtering by accounts: a number too large for the database is then simply not found.
    return get_object_or_404(links, account__in=UtilityAccount.objects.filter(pk=pk))
