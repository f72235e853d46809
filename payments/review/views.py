"""Staff pages of the review queue: the postbacks for review, and the decision about one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from payments.models import Checkout, Postback
from payments.models.review_decision import ReviewDecision
from payments.review import services as review
from payments.review.comparison import compare
from payments.review.forms import DecisionForm

ROWS = 25
MOST_UNHEARD = 500  # only the newest: most were abandoned, and nobody goes through years of them
PERMISSION = "payments.review_postback"
Request = StaffRequest[StaffUser]


@staff_page(PERMISSION)
def queue(request: Request) -> HttpResponse:
    waiting = Postback.objects.awaiting_decision().filter(checkout__biller__in=request.billers)
    waiting = waiting.select_related("checkout__biller", "checkout__account")
    waiting = waiting.prefetch_related("decisions__by").order_by("received_at", "pk")
    unheard = Checkout.objects.unconfirmed().filter(biller__in=request.billers)
    unheard = unheard.select_related("biller", "account").order_by("-created_at")[:MOST_UNHEARD]
    return render_page(
        request,
        "admin/payments/review_queue.html",
        title=_("Review queue"),
        page=Paginator(waiting, ROWS).get_page(request.GET.get("page")),
        unheard=Paginator(unheard, ROWS).get_page(request.GET.get("unconfirmed")),
        most_unheard=MOST_UNHEARD,
    )


@staff_page(PERMISSION)
def decide(request: Request, postback_id: int) -> HttpResponse:
    postback = get_object_or_404(_for_review(request), pk=postback_id)
    use_zone_of(postback.checkout.biller)
    standing, obstacle = postback.decision, review.obstacle(postback)
    form = DecisionForm(
        request.POST or None,
        initial={"seen": standing.pk if standing else None},
        acceptable=obstacle is None,
    )
    if request.method == "POST" and form.is_valid():
        return _decided(request, postback, form)
    accepted = standing and standing.decision == ReviewDecision.Decision.ACCEPTED
    return render_page(
        request,
        "admin/payments/review.html",
        title=_("Review a postback"),
        postback=postback,
        checkout=postback.checkout,
        rows=compare(postback),
        obstacle=obstacle,
        form=None if accepted else form,
    )


def _for_review(request: Request) -> QuerySet[Postback]:
    own = Postback.objects.filter(checkout__biller__in=request.billers)
    return (
        own.filter(verdict=Postback.Verdict.REVIEW)
        .select_related("checkout__biller", "checkout__account")
        .prefetch_related("decisions__by")
    )


def _decided(request: Request, postback: Postback, form: DecisionForm) -> HttpResponse:
    try:
        made = review.decide(postback, by=request.staff, **form.cleaned_data)
    except review.DecidedMeanwhile:
        messages.error(
            request, _("Nothing was saved because a decision was already made, as shown below.")
        )
        return redirect("admin:payments_decide", postback.pk)
    except review.NotAcceptable:
        messages.error(
            request, _("Nothing was saved because this postback can't be accepted as a payment.")
        )
        return redirect("admin:payments_decide", postback.pk)
    messages.success(request, _("Saved: %s.") % made.get_decision_display())
    return redirect("admin:payments_review")
