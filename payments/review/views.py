"""Staff pages of the review queue: the postbacks for review, and the decision about one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from backoffice.navigation import capped
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from backoffice.zones import use_zone_of
from icsso.billers.models import Biller
from payments.models import CheckoutAccount, Payment, Postback
from payments.models.review_decision import ReviewDecision
from payments.reversals.admin import reversals_of
from payments.review import services as review
from payments.review.comparison import compare
from payments.review.forms import DecisionForm

ROWS = 25
PERMISSION = "payments.review_postback"
Request = StaffRequest[StaffUser]


def number_waiting(billers: QuerySet[Biller]) -> int:
    """Returns how many postbacks wait at these billers, up to `MOST_WAITING`."""
    return capped(Postback.objects.awaiting_decision().filter(checkout__biller__in=billers))


@staff_page(PERMISSION)
def queue(request: Request) -> HttpResponse:
    waiting = Postback.objects.awaiting_decision().filter(checkout__biller__in=request.billers)
    waiting = waiting.select_related("checkout__biller", "account")
    waiting = waiting.prefetch_related("decisions__by", "checkout__parts")
    waiting = waiting.order_by("received_at", "pk")
    return render_page(
        request,
        "admin/payments/review_queue.html",
        title=_("Review queue"),
        page=Paginator(waiting, ROWS).get_page(request.GET.get("page")),
    )


@staff_page(PERMISSION)
def decide(request: Request, postback_id: int) -> HttpResponse:
    postback = get_object_or_404(_for_review(request), pk=postback_id)
    use_zone_of(postback.checkout.biller)
    standing, obstacle = postback.decision, review.obstacle(postback)
    payment = review.payment_concerned(postback)
    form = _form(request, postback, payment, acceptable=obstacle is None)
    if request.method == "POST" and form.is_valid():
        answer = _decided(request, postback, form)
        if answer:
            return answer
    is_last = standing and standing.decision in ReviewDecision.LAST
    rows = compare(postback)
    return render_page(
        request,
        "admin/payments/review.html",
        title=_("Review a postback"),
        postback=postback,
        checkout=postback.checkout,
        rows=rows,
        is_unread=not (postback.is_part or is_last) and any(row.is_unread for row in rows),
        obstacle=obstacle,
        original=payment,
        elsewhere=review.payment_elsewhere(postback),
        withdrawal=review.withdrawal_of(postback),
        reversals=reversals_of(payment) if payment else [],
        form=None if is_last else form,
    )


def _form(
    request: Request, postback: Postback, payment: Payment | None, *, acceptable: bool
) -> DecisionForm:
    return DecisionForm(
        request.POST or None,
        postback=postback,
        payment=payment,
        acceptable=acceptable,
        has_payment=_is_paid(postback),
    )


def _is_paid(postback: Postback) -> bool:
    """Whether every account that it may be about is paid, so that the customer is not waiting."""
    unpaid = CheckoutAccount.objects.unpaid().filter(checkout=postback.checkout_id)
    if postback.account_id:
        unpaid = unpaid.filter(account=postback.account_id)
    return not unpaid.exists()


def _for_review(request: Request) -> QuerySet[Postback]:
    own = Postback.objects.filter(checkout__biller__in=request.billers)
    return (
        own.filter(verdict=Postback.Verdict.REVIEW)
        .select_related("checkout__biller", "account")
        .prefetch_related("decisions__by", "checkout__parts")
    )


def _decided(request: Request, postback: Postback, form: DecisionForm) -> HttpResponse | None:
    """Returns None if the form must be shown again, with the error that was added to it."""
    try:
        made = _saved(request, postback, form)
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
    except review.NotReversed as error:
        payment = review.payment_concerned(postback)
        last = review.last_reversal(payment) if payment else None
        form.show_again(str(error.message), seen_reversal=last)
        return None
    messages.success(request, _("Saved: %s.") % made)
    return redirect("admin:payments_review")


def _saved(request: Request, postback: Postback, form: DecisionForm) -> str:
    """Returns the message about the decision. Raises NotDecided and NotReversed."""
    entered = form.cleaned_data
    note, seen = entered["note"], entered["seen"]
    if entered["decision"] == ReviewDecision.Decision.REVERSED:
        by, event = request.staff, form.event()
        review.record_reversal(postback, event, by=by, note=note, seen=seen)
        return str(ReviewDecision.Decision.REVERSED.label)
    made = review.decide(
        postback,
        by=request.staff,
        decision=entered["decision"],
        note=note,
        seen=seen,
        amounts=form.amounts(),
        is_besides=form.is_besides(),
    )
    return made.get_decision_display()
