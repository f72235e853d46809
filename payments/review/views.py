"""The review queue in the back office, and deciding about one postback."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from backoffice.scope import billers_of
from payments.models import Checkout, Postback
from payments.models.review_decision import ReviewDecision
from payments.review import services as review
from payments.review.comparison import compare
from payments.review.forms import DecisionForm

ROWS = 25
MOST_UNHEARD = 500  # the newest: most were abandoned, and nobody works through years of them
may_review = permission_required("payments.review_postback", raise_exception=True)


def page_of(request: HttpRequest, title: str, **context: Any) -> dict[str, Any]:
    """Returns the context of every admin page, with this."""
    return {**admin.site.each_context(request), "title": title, **context}


@may_review
def queue(request: HttpRequest) -> HttpResponse:
    waiting = Postback.objects.awaiting_decision().filter(checkout__biller__in=billers_of(request))
    waiting = waiting.select_related("checkout__biller", "checkout__account")
    waiting = waiting.prefetch_related("decisions__by").order_by("received_at", "pk")
    unheard = Checkout.objects.unconfirmed().filter(biller__in=billers_of(request))
    unheard = unheard.select_related("biller", "account").order_by("-created_at")[:MOST_UNHEARD]
    context = page_of(
        request,
        _("Review queue"),
        page=Paginator(waiting, ROWS).get_page(request.GET.get("page")),
        unheard=Paginator(unheard, ROWS).get_page(request.GET.get("unconfirmed")),
        most_unheard=MOST_UNHEARD,
    )
    return render(request, "admin/payments/review_queue.html", context)


@may_review
def decide(request: HttpRequest, postback_id: int) -> HttpResponse:
    postback = get_object_or_404(_for_review(request), pk=postback_id)
    standing, obstacle = postback.decision, review.obstacle(postback)
    form = DecisionForm(
        request.POST or None,
        initial={"seen": standing.pk if standing else None},
        acceptable=obstacle is None,
    )
    if request.method == "POST" and form.is_valid():
        return _decided(request, postback, form)
    accepted = standing and standing.decision == ReviewDecision.Decision.ACCEPTED
    context = page_of(
        request,
        _("Review of a postback"),
        postback=postback,
        checkout=postback.checkout,
        rows=compare(postback),
        obstacle=obstacle,
        form=None if accepted else form,
    )
    return render(request, "admin/payments/review.html", context)


def _for_review(request: HttpRequest) -> QuerySet[Postback]:
    own = Postback.objects.filter(checkout__biller__in=billers_of(request))
    return (
        own.filter(verdict=Postback.Verdict.REVIEW)
        .select_related("checkout__biller", "checkout__account")
        .prefetch_related("decisions__by")
    )


def _decided(request: HttpRequest, postback: Postback, form: DecisionForm) -> HttpResponse:
    by = cast(StaffUser, request.user)
    try:
        made = review.decide(postback, by=by, **form.cleaned_data)
    except review.DecidedMeanwhile:
        messages.error(request, _("Nothing was written: it was decided meanwhile, as below."))
        return redirect("admin:payments_decide", postback.pk)
    except review.NotAcceptable:
        messages.error(request, _("Nothing was written: it cannot be accepted as a payment."))
        return redirect("admin:payments_decide", postback.pk)
    messages.success(request, _("Written down: %s.") % made.get_decision_display())
    return redirect("admin:payments_review")
