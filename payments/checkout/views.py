"""The customer's payment pages: the forms, the hosted page in its frame, the receipt, history."""

from collections.abc import Sequence
from functools import partial

from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import ratelimit
from accounts.helpers.payable import Payable
from accounts.helpers.seen import note_paying, note_seen
from accounts.requests import MemberRequest
from accounts.sessions.life import passive
from accounts.sessions.typed import keeps, typed
from icsso.billers.absolute_urls import absolute_url
from icsso.billers.decorators import BillerRequest, member_required
from icsso.billing.csp import allow_invoice_cloud, frame_permissions
from icsso.billing.maintenance import says_when_closed, says_when_closed_about
from icsso.client.parsing import attempts_key
from payments.checkout.decline_reasons import reason_for
from payments.checkout.decorators import guest_visitor, may_still_help, own_checkout
from payments.checkout.forms import GuestForm, QuickPayForm
from payments.checkout.guests.chosen import Chosen, chosen_account, named_accounts
from payments.checkout.guests.right_bill import bill_of
from payments.checkout.history import entries, history_of
from payments.checkout.received import parts_of, received_in, to_pay_again
from payments.checkout.recent import RecentActivity, recent_activities
from payments.checkout.saved_methods import token_of, way_to_see_them
from payments.checkout.services import (
    CheckoutRequest,
    launch,
    reusable_checkout,
    tell_of_failure,
)
from payments.checkout.several import listed, next_due
from payments.models import Checkout, Postback
from payments.models.checkout_status import Status, overall
from payments.postbacks.parsing import data_of

STILL_OPEN = {Status.OPENING, Status.OPEN, Status.WAITING, Status.CHECKING, Status.UNCONFIRMED}


@keeps("account_number", "name", "zip")
@never_cache
@says_when_closed_about(named_accounts)
def guest(request: BillerRequest) -> HttpResponse:
    """Asks for the account number, unless a pay link or an earlier payment provides it, and for the
    proof. If the proof was given, the bill is shown before anything is launched."""
    chosen = chosen_account(request)
    _count_attempt(request, chosen)
    posted = request.POST if request.method == "POST" else None
    form = GuestForm(posted, biller=request.biller, chosen=chosen.account, initial=typed(request))
    if form.is_valid():
        if form.asks_proof and "right" not in request.POST:
            return render(
                request, "payments/right_bill.html", {"form": form, "bill": bill_of(form)}
            )
        return _start(request, form, form.checkout_request(visitor=guest_visitor(request)))
    return render(request, "payments/guest.html", {"form": form, "chosen": chosen})


def _count_attempt(request: BillerRequest, chosen: Chosen) -> None:
    if chosen.link:
        ratelimit.count_attempt("pay_link", request=request)
    if request.method == "POST":
        entered = request.POST.get("account_number", "")
        number = chosen.account.account_number if chosen.account else entered
        ratelimit.count_attempt("guest", request=request, key=attempts_key(number))


@keeps("account")
@member_required
@says_when_closed
def quick(request: MemberRequest) -> HttpResponse:
    """Opens the payment page right away for one account; lists several first."""
    member, posted = request.member, _posted(request)
    form = QuickPayForm(posted, member=member, chosen=_chosen(request))
    is_valid = form.is_valid()
    seen = [each.helped.helper for each in form.offered if each.helped]
    note_seen(request, seen, request.biller)
    if request.method == "POST" and is_valid and _is_confirmed(request, form):
        ratelimit.count_attempt("quick", request=request, key=str(member.pk))
        return _start(request, form, form.checkout_request(token=token_of(request)))
    if posted and form.chosen and (is_valid or len(posted.getlist("account")) > 1):
        shown = listed(form.chosen, biller=request.biller)
        context = {"form": form, "listed": shown, "left_out": not is_valid}
        context["saved_methods"] = _way_to_saved_methods(request, form.chosen)
        return render(request, "payments/several.html", context)
    context = {"form": form, "saved_methods": _way_to_saved_methods(request, form.at_hand)}
    return render(request, "payments/quick.html", context)


def _way_to_saved_methods(request: HttpRequest, chosen: Sequence[Payable]) -> str:
    """Returns "" also with an account of another member, for which no token is ever sent."""
    if any(each.helped for each in chosen):
        return ""
    return way_to_see_them(request, [each.account for each in chosen])


def _chosen(request: HttpRequest) -> list[str]:
    """Returns the accounts that the URL names, or that were chosen before the session ended."""
    kept = typed(request).get("account", [])
    kept = kept if isinstance(kept, list) else [kept]
    return kept or request.GET.getlist("account")


def _posted(request: HttpRequest) -> QueryDict | None:
    """Returns the accounts that were chosen, without one that was removed from the list. A URL can
    also name several, such as the one that signing in leads back to."""
    chosen = request.POST.getlist("account") if request.method == "POST" else []
    chosen = chosen or request.GET.getlist("account")
    if request.method != "POST" and len(chosen) < 2:
        return None
    posted = QueryDict(mutable=True)
    posted.setlist("account", [each for each in chosen if each != request.POST.get("remove")])
    return posted


def _is_confirmed(request: HttpRequest, form: QuickPayForm) -> bool:
    return "remove" not in request.POST and (len(form.chosen) == 1 or "listed" in request.POST)


def _start(
    request: HttpRequest, form: GuestForm | QuickPayForm, asked: CheckoutRequest
) -> HttpResponse:
    """Warns about possible duplicate payments, then opens the payment page."""
    activities = _others_activities(asked)
    if activities and "confirmed" not in request.POST:
        context = {"form": form, "activities": activities, "asked": asked}
        return render(request, "payments/confirm_second_payment.html", context)
    checkout = launch(asked, absolute=partial(absolute_url, request, asked.biller))
    if isinstance(form, QuickPayForm):
        note_paying(request, [each.helped.helper for each in form.chosen if each.helped])
    return redirect("payments:checkout", checkout.address)


def _others_activities(asked: CheckoutRequest) -> list[RecentActivity]:
    """Returns recent activities for these accounts; if a checkout is offered again, only those
    since it was started."""
    # In this order, a double click never mistakes its own first request for another payment.
    own = {account.pk for account in asked.accounts} - asked.owners.keys() if asked.member else ()
    activities = recent_activities(asked.accounts, own=own)
    current = reusable_checkout(asked) if activities else None
    if current is None:
        return activities
    others = recent_activities(asked.accounts, own=own, besides=current)
    return [each for each in others if each.at > current.created_at]


@own_checkout
def checkout(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    """Shows the hosted page while it can take a payment, and otherwise the result."""
    parts = parts_of(checkout)
    status = overall(checkout, {part.account.pk: part.status for part in parts})
    if status == Status.OPENING:
        return render(request, "payments/opening.html", {"checkout": checkout})
    if status == Status.FAILED:
        if checkout.has_timed_out() and not checkout.failed_at:
            tell_of_failure(checkout, "interrupted")
        accounts = checkout.ordered_accounts
        own = () if checkout.is_guest else {each.pk for each in accounts} - checkout.helped
        activities = recent_activities(accounts, own=own, besides=checkout)
        context = {
            "checkout": checkout,
            "activities": activities,
            "again": accounts,
        }
        return render(request, "payments/failed.html", context)
    if status != Status.OPEN or not checkout.hosted_url:
        return redirect("payments:receipt", checkout.address)
    if not may_still_help(checkout):
        return render(request, "payments/helping_ended.html", {"checkout": checkout})
    name = "window" if request.biller.opens_without_frame else "checkout"
    context = {
        "checkout": checkout,
        "again": to_pay_again(parts),
        "permissions": frame_permissions(request.biller),
    }
    if not (checkout.is_guest or checkout.with_token or checkout.helped):
        context["saved_methods"] = way_to_see_them(request, checkout.ordered_accounts)
    page = render(request, f"payments/{name}.html", context)
    return allow_invoice_cloud(page, request.biller)


@own_checkout
def receipt(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    return render(request, "payments/receipt.html", _receipt(checkout))


@passive
@own_checkout
def receipt_status(request: BillerRequest, checkout: Checkout) -> HttpResponse:
    """The state of the payment for payment_status.js: the part of the receipt that may change."""
    return render(request, "payments/receipt_facts.html", _receipt(checkout))


def _receipt(checkout: Checkout) -> dict[str, object]:
    prefetch_related_objects([checkout], "payments__lines__reversal_lines", "payments__reversals")
    parts, received = parts_of(checkout), received_in(checkout)
    status = overall(checkout, {part.account.pk: part.status for part in parts})
    decline = _last_decline(checkout) if Status.DECLINED in {one.status for one in parts} else None
    declined = data_of(decline).message() if decline else ""
    return {
        "checkout": checkout,
        "status": status,
        "parts": parts,
        "payment": received,
        "events": received.events() if received else [],
        "again": to_pay_again(parts),
        "next_due": next_due(checkout, status),
        "waits": {one.status for one in parts} & STILL_OPEN,
        # Invoice Cloud's words, if it gave any, followed by ours. About another member's account,
        # its words may reveal whose it is.
        "declined": "" if checkout.helped else declined,
        "decline_reason": reason_for(declined),
        "declined_at": decline and decline.received_at,
    }


def _last_decline(checkout: Checkout) -> Postback | None:
    return checkout.postbacks.filter(verdict=Postback.Verdict.DECLINED).last()


@member_required
def payment_history(request: MemberRequest) -> HttpResponse:
    member = request.member
    page = Paginator(history_of(member), 20).get_page(request.GET.get("page"))
    context = {"page": page, "entries": entries(page, member)}
    return render(request, "payments/history.html", context)
