"""What a helper sees of another member's account: only its balance and its receipts."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.helpers.rows import all_shared, row, rows_of, shared_with
from accounts.helpers.seen import note_seen
from accounts.linked_accounts import balances
from accounts.linked_accounts.received import received_lately
from accounts.models import HelperAccount, UtilityAccount
from accounts.requests import MemberRequest, is_by_script
from accounts.sessions.life import passive
from icsso.billers.decorators import member_required
from payments.checkout.reversals import what_became_of
from payments.helping.receipts import payments_shown

ROWS = 25


@require_safe
@member_required
def helped_accounts(request: MemberRequest) -> HttpResponse:
    """All accounts, for a helper with many."""
    page = Paginator(shared_with(request.member), ROWS).get_page(request.GET.get("page"))
    rows = rows_of(request, list(page), request.biller)
    context = {"page": page, "rows": rows, "can_pay": any(each.can_pay for each in rows)}
    return render(request, "payments/helped_accounts.html", context)


@require_safe
@member_required
def helped_account(request: MemberRequest, pk: int) -> HttpResponse:
    shared = _or_404(request, pk)
    [own] = rows_of(request, [shared], request.biller)
    payments = payments_shown(all_shared(request.member, pk))
    page = Paginator(payments, ROWS).get_page(request.GET.get("page"))
    context = {"row": own, "page": page}
    return render(request, "payments/helped_account.html", context)


@passive
@require_safe
@member_required
def helped_balance(request: MemberRequest, pk: int) -> HttpResponse:
    """Returns a fragment for the page's script, and a full page otherwise. The balance is requested
    with the biller's key: nobody's session at Invoice Cloud is used."""
    shared = _or_404(request, pk)
    owner = shared.link.member
    found = balances.of(shared.link.account, member=owner)
    received = received_lately(request.biller, [pk]).get(pk)
    name = "helped_balance" if is_by_script(request) else "helped_balance_page"
    context = {
        "row": row(shared, found, received, was_asked=True),
        "on_its_page": request.GET.get("page") == "own",
    }
    response = render(request, f"payments/{name}.html", context)
    patch_vary_headers(response, ["X-Requested-With"])
    return response


@require_safe
@member_required
def helped_receipt(request: MemberRequest, pk: int, payment: int) -> HttpResponse:
    shared = _or_404(request, pk)
    found = get_object_or_404(payments_shown(all_shared(request.member, pk)), pk=payment)
    is_readers = found.checkout is not None and found.checkout.member_id == request.member.pk
    context = {
        "row": row(shared, None, None),
        "payment": found,
        "events": what_became_of(found, is_readers=is_readers),
    }
    return render(request, "payments/helped_receipt.html", context)


def _or_404(request: MemberRequest, pk: int) -> HelperAccount:
    """Returns what the member may see of this account now; raises 404 otherwise."""
    known = UtilityAccount.objects.filter(pk=pk)
    shared = shared_with(request.member).select_related("link__member__biller")
    found: HelperAccount = get_object_or_404(shared, link__account__in=known)
    shares = all_shared(request.member, pk)
    note_seen(request, [each.helper for each in shares], request.biller)
    return found
