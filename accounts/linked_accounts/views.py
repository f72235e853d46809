"""A member's own accounts: the dashboard, and the actions of “My accounts”."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import ratelimit
from accounts.invoice_cloud.sync import is_under_way
from accounts.linked_accounts import balances
from accounts.linked_accounts import services as linking
from accounts.linked_accounts.balances import Balance
from accounts.linked_accounts.forms import NicknameForm, SearchForm
from accounts.linked_accounts.proof import ProofForm, ProveAgainForm
from accounts.models import LinkedAccount, UtilityAccount
from accounts.models.linked_account import LinkedAccountQuerySet
from accounts.requests import MemberRequest
from icsso.billers.decorators import member_required
from icsso.billing import session as billing
from icsso.billing.sections import BILLING_PAGES
from icsso.client.parsing import attempts_key

MOST_CARDS = 5  # more accounts are shown in a table with a search
ROWS = 20  # and the most balances that one page requests


@dataclass(frozen=True)
class Row:
    link: LinkedAccount
    balance: Balance | None  # if cached; otherwise the page's script requests it
    received: Decimal | None  # paid here today; the balance may not show it yet


@require_safe
@member_required
def dashboard(
    request: MemberRequest, received_today: Mapping[int, Decimal] | None = None
) -> HttpResponse:
    """received_today: dollars paid here today by utility account."""
    context = _listing(request)
    accounts = (link.account for link in context["links"])
    known = balances.known(accounts, member=request.member)
    received = received_today or {}
    context["rows"] = [
        Row(link, known.get(link.account_id), received.get(link.account_id))
        for link in context["links"]
    ]
    context["billing"] = billing.load(request.session)
    context["billing_pages"] = BILLING_PAGES[1:]  # bills have a button on each card
    return render(request, "accounts/dashboard.html", context)


@require_safe
@member_required
def my_accounts(request: MemberRequest) -> HttpResponse:
    return render(request, "accounts/my_accounts.html", _listing(request))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def link(request: MemberRequest) -> HttpResponse:
    form = ProofForm(request.POST or None, biller=request.biller)
    if request.method != "POST":
        return render(request, "accounts/link.html", {"form": form})
    number = attempts_key(request.POST.get("account_number", ""))
    if seconds := ratelimit.seconds_to_wait("link", request=request, key=number):
        return ratelimit.too_many_requests(request, seconds=seconds)
    if form.is_valid() and form.account:
        try:
            linking.link(member=request.member, account=form.account)
            return _confirm_to_see_bills(request)
        except linking.AlreadyLinked:
            return _already_linked(request, form.account)
        except linking.NoLongerProved:
            form.add_error(None, form.MISMATCH)
    return render(request, "accounts/link.html", {"form": form})


def _already_linked(request: MemberRequest, account: UtilityAccount) -> HttpResponse:
    if _to_prove(request).filter(account=account).exists():
        return redirect("accounts:prove_again", account.pk)
    messages.info(request, _("This account is already on your list."))
    return redirect("accounts:list")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def prove_again(request: MemberRequest, pk: int) -> HttpResponse:
    """For an account that the CIS has given to another customer. Shows nothing of it."""
    accounts = UtilityAccount.objects.filter(pk=pk)
    link = get_object_or_404(_to_prove(request), account__in=accounts)
    form = ProveAgainForm(request.POST or None, account=link.account)
    context = {"form": form, "link": link}
    if request.method != "POST":
        return render(request, "accounts/prove_again.html", context)
    number = attempts_key(link.account.account_number)
    if seconds := ratelimit.seconds_to_wait("link", request=request, key=number):
        return ratelimit.too_many_requests(request, seconds=seconds)
    if form.is_valid() and form.account:
        try:
            linking.prove_again(link, form.account)
            return _confirm_to_see_bills(request)
        except linking.NoLongerProved:
            form.add_error(None, form.MISMATCH)
        except linking.NoLongerLinked:
            raise Http404 from None
    return render(request, "accounts/prove_again.html", context)


def _to_prove(request: MemberRequest) -> LinkedAccountQuerySet:
    return request.member.all_links.awaiting_proof().select_related("account__biller", "member")


def _confirm_to_see_bills(request: MemberRequest) -> HttpResponse:
    messages.success(
        request, _("The account is linked. Now confirm your password to see its bills.")
    )
    return redirect(
        reverse("accounts:confirm") + "?" + urlencode({"next": reverse("accounts:list")})
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def account(request: MemberRequest, pk: int) -> HttpResponse:
    link = _link_or_404(request, pk)
    form = NicknameForm(request.POST or None, instance=link)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The nickname is saved."))
        return redirect("accounts:list")
    return render(request, "accounts/account.html", {"form": form, "link": link})


@require_POST
@member_required
def make_first(request: MemberRequest, pk: int) -> HttpResponse:
    linking.make_first(_link_or_404(request, pk))
    messages.success(request, _("This account is now first on your list."))
    return redirect("accounts:list")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def unlink(request: MemberRequest, pk: int) -> HttpResponse:
    link = _link_or_404(request, pk, request.member.all_links.all())
    if request.method != "POST" and link.needs_proof_since:
        return redirect("accounts:prove_again", pk)
    if request.method != "POST":
        return render(request, "accounts/unlink.html", {"link": link})
    linking.unlink(link)
    messages.success(request, _("The account is no longer on your list."))
    return redirect("accounts:list")


@require_safe
@member_required
def balance(request: MemberRequest, pk: int) -> HttpResponse:
    """Returns a fragment for the page's script, and a full page otherwise."""
    link = _link_or_404(request, pk)
    found = balances.of(link.account, member=request.member)
    fragment = request.headers.get("X-Requested-With") == "fetch"
    template = "accounts/balance_fragment.html" if fragment else "accounts/balance.html"
    context = {"link": link, "balance": found, "compact": "compact" in request.GET}
    response = render(request, template, context)
    patch_vary_headers(response, ["X-Requested-With"])
    return response


def _listing(request: MemberRequest) -> dict[str, Any]:
    """Returns a page of the member's accounts; with many accounts, those searched for."""
    links = request.member.links.select_related("account")
    is_shown = Q(needs_proof_since=None)
    numbers = request.member.all_links.order_by().aggregate(
        shown=Count("pk", filter=is_shown), to_prove=Count("pk", filter=~is_shown)
    )
    number = numbers["shown"]
    many = number > MOST_CARDS
    search = SearchForm(request.GET)
    found = search.matching(links) if many else links
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    waits = any(link.state == LinkedAccount.State.PENDING for link in page)
    connecting = waits and is_under_way(request.member)
    facts = {"links": page, "number": number, "many": many, "search": search}
    proving = {
        "to_prove": _to_prove(request)[:ROWS] if numbers["to_prove"] else [],
        "more_to_prove": numbers["to_prove"] > ROWS,
    }
    return {**facts, **proving, "connecting": connecting}


def _link_or_404(
    request: MemberRequest, pk: int, links: LinkedAccountQuerySet | None = None
) -> LinkedAccount:
    """Returns the member's link to this utility account: other accounts don't exist for them.

    links: if not only those that show their account.
    """
    links = request.member.links if links is None else links
    links = links.select_related("account__biller", "member")
    # Filtering by accounts: a number too large for the database is then simply not found.
    return get_object_or_404(links, account__in=UtilityAccount.objects.filter(pk=pk))
