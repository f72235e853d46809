"""The billing pages: Invoice Cloud in a frame, or why it cannot be shown now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from icsso.billers import availability
from icsso.billers.decorators import BillerRequest, member_required
from icsso.billing import session, visits
from icsso.billing.csp import allow_invoice_cloud, frame_permissions
from icsso.billing.maintenance import says_when_closed
from icsso.billing.not_available import PAYING, tell_of_page
from icsso.billing.sections import BILLING_PAGES, BillingPage
from icsso.billing.session import BillingSession, State
from icsso.billing.sso_form import sso_form

# What the customer can do, by the result of the last attempt to connect.
TROUBLE = {
    State.AWAY: "icsso/away.html",
    State.RECONNECT: "icsso/reconnect.html",
    State.ELSEWHERE: "icsso/elsewhere.html",
    State.REFUSED: "icsso/refused.html",
    State.FAULT: "icsso/fault.html",
}
NOT_AVAILABLE = {State.AWAY, State.FAULT}


@require_safe
@member_required
def bills(request: HttpRequest) -> HttpResponse:
    return redirect("billing:bills")


@require_safe
@member_required
@says_when_closed
def billing_page(request: BillerRequest, page: BillingPage) -> HttpResponse:
    billing = session.load(request.session)
    if billing is not None and billing.is_usable:
        return _frame(request, page, billing)
    if billing is None or billing.state not in TROUBLE:
        return redirect(confirm_address(request))
    if billing.state in NOT_AVAILABLE and page.section in PAYING:
        tell_of_page("billing_page", request, biller=request.biller.pk)
    # 200 and not 503: the portal itself works, and a proxy that sees 503 may replace this page
    # with its own or take the process out of service.
    context = {
        "page": page,
        "pages": BILLING_PAGES,
        "billing": billing,
        "confirm": confirm_address(request),
        "heard": availability.last_known(request.biller.slug),
    }
    return render(request, TROUBLE[billing.state], context)


def confirm_address(request: HttpRequest, **more: str) -> str:
    """Returns the URL that asks for the password again and then returns to this page.

    more: for the query, such as `anew`.
    """
    return f"{reverse('accounts:confirm')}?{urlencode({'next': request.get_full_path(), **more})}"


def _frame(request: BillerRequest, page: BillingPage, billing: BillingSession) -> HttpResponse:
    biller = request.biller
    visits.note(request)
    template = "icsso/window.html" if biller.opens_without_frame else "icsso/frame.html"
    form = sso_form(biller, page.section, billing.token)
    context = {
        "page": page,
        "pages": BILLING_PAGES,
        "sso": form,
        "permissions": frame_permissions(biller),
        # Invoice Cloud may end a token early, which only the customer can see.
        "renew": confirm_address(request, anew="1"),
    }
    response = allow_invoice_cloud(render(request, template, context), biller)
    if form.puts_token_in_address:
        response["Referrer-Policy"] = "no-referrer"
    return response
