"""Checkouts, postbacks, and payments. Staff can read but not edit them, and they never see tokens,
digests, or addresses of payment pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.balance_words import dollars
from backoffice.admin_base import Job, ReadOnlyModelAdmin, Tool
from backoffice.exports.admin import ExportModelAdmin
from backoffice.large_lists import LargeListModelAdmin
from backoffice.pills import Kind, pill
from backoffice.scope import OwnBillersFilter
from payments import exports
from payments.checkout.timeline import postbacks_left_out, timeline_of
from payments.late_fees import views as late_fees
from payments.models import Checkout, Payment, Postback
from payments.models.checkout_status import Status
from payments.models.review_decision import ReviewDecision
from payments.pay_links import staff_views as pay_links
from payments.reconciliation.admin import ReconciliationAdmin  # noqa: F401  (registers itself)
from payments.reports import views as reports
from payments.reversals import views as reversals
from payments.reversals.admin import ReversalAdmin, ReversedFilter, reversals_of  # noqa: F401
from payments.review import unconfirmed
from payments.review import views as review
from payments.search import views as search

STATUS_KINDS: dict[str, Kind] = {
    Status.PAID: "good",
    Status.PARTLY_PAID: "wait",
    Status.CHECKING: "wait",
    Status.UNCONFIRMED: "wait",
    Status.DECLINED: "bad",
    Status.REJECTED: "bad",
    Status.FAILED: "bad",
}
PAYMENT_KINDS: dict[str, Kind] = {
    Payment.State.RECEIVED: "good",
    Payment.State.PARTLY_REVERSED: "wait",
    Payment.State.REVERSED: "bad",
}
VERDICT_KINDS: dict[str, Kind] = {
    Postback.Verdict.APPROVED: "good",
    Postback.Verdict.REVIEW: "wait",
    Postback.Verdict.DECLINED: "bad",
}


@admin.register(Checkout)
class CheckoutAdmin(
    ExportModelAdmin[Checkout], LargeListModelAdmin[Checkout], ReadOnlyModelAdmin[Checkout]
):
    filled_by = _("A checkout is listed when a customer opens a payment page.")
    export_columns = exports.CHECKOUTS
    list_display = ["created_at", "status", "numbers", "biller", "kind", "biller_reference"]
    list_filter = [
        ("biller", OwnBillersFilter),
        "created_at",
        "kind",
        ("unconfirmed_at", admin.EmptyFieldListFilter),
        "failure",
    ]
    list_select_related = ["biller"]
    search_fields = ["biller_reference", "parts__account__number_key"]
    search_help_text = _("Account number or biller reference")
    exclude = [
        "accounts", "visitor", "is_current", "address", "postback_digest", "return_digest",
        "hosted_url",
    ]  # fmt: skip
    readonly_fields = ["status", "numbers"]
    change_form_template = "admin/payments/checkout.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checkout]:
        checkouts: Any = super().get_queryset(request)
        return checkouts.with_deciding_postbacks()  # type: ignore[no-any-return]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The account's page links to all of its checkouts."""
        return lookup == "accounts__id__exact" or super().lookup_allowed(lookup, value, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        checkout = self.get_object(request, object_id)
        context = dict(extra_context or {})
        if checkout:
            context |= {"timeline": timeline_of(checkout), "status": checkout.status}
            context |= {"left_out": postbacks_left_out(checkout)}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description=_("accounts"))
    def numbers(self, checkout: Checkout) -> str:
        return ", ".join(map(str, checkout.ordered_accounts))

    @admin.display(description=_("state"))
    def status(self, checkout: Checkout) -> str:
        status = checkout.status
        return pill(status, status.label, STATUS_KINDS)


@admin.register(Payment)
class PaymentAdmin(
    ExportModelAdmin[Payment], LargeListModelAdmin[Payment], ReadOnlyModelAdmin[Payment]
):
    filled_by = _(
        "A payment is listed when Invoice Cloud confirms it to the portal, when staff accept it "
        "in the review queue, or when it is added from Invoice Cloud's list of payments."
    )
    tools = (
        Tool(_("Where is my payment?"), "payments_where", search.PERMISSION),
        Tool(_("Reports"), "payments_reports", reports.VIEW),
        Tool(_("Could not pay"), "payments_late_fees", late_fees.VIEW),
        Tool(_("Pay links"), "payments_pay_links", pay_links.EXPORT, job=Job.SETUP),
    )
    export_columns = exports.PAYMENTS
    list_display = [
        *("paid_at", "state", "net_total", "total", "account", "biller", "method", "source"),
    ]
    list_filter = [("biller", OwnBillersFilter), "paid_at", ReversedFilter, "source"]
    list_select_related = ["biller", "account", "checkout"]
    search_fields = ["payment_guid", "account__number_key", "checkout__biller_reference"]
    search_help_text = _("Account number, biller reference, or PaymentGUID")
    readonly_fields = ["amount", "fee", "total", "net_total", "state"]
    # The questions that staff get most come first; where the payment came from is last.
    fields = [
        *("state", "net_total", "total", "amount", "fee", "paid_at", "method", "account"),
        *("biller", "checkout", "payment_guid", "source", "created_at"),
    ]
    change_form_template = "admin/payments/payment.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).prefetch_related("lines__reversal_lines")

    def heading_of(self, record: Payment) -> str:
        return f"{dollars(record.net_total)} · {record.account}"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        payment = kwargs.get("obj")
        may = request.user.has_perm(reversals.PERMISSION)
        context["may_reverse"] = may
        context["object_actions"] = reversals.links_for(payment) if payment and may else []
        context["reversals"] = reversals_of(payment) if payment else []
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("amount"))
    def amount(self, payment: Payment) -> str:
        return dollars(payment.amount)

    @admin.display(description=_("fee"))
    def fee(self, payment: Payment) -> str:
        return dollars(payment.fee)

    @admin.display(description=_("total"))
    def total(self, payment: Payment) -> str:
        return dollars(payment.total)

    @admin.display(description=_("net"))
    def net_total(self, payment: Payment) -> str:
        return dollars(payment.net_total)

    @admin.display(description=_("state"))
    def state(self, payment: Payment) -> str:
        return pill(payment.state, payment.state.label, PAYMENT_KINDS)

    def get_urls(self) -> list[URLPattern]:
        report = "reports/<slug:name>"
        return [
            *late_fees.URLS,
            *pay_links.URLS,
            path("where/", search.where, name="payments_where"),
            path("reports/", reports.reports, name="payments_reports"),
            path(f"{report}/csv/", reports.report_csv, name="payments_report_csv"),
            path(f"{report}/xlsx/", reports.report_xlsx, name="payments_report_xlsx"),
            path("<int:pk>/reverse/", reversals.record, name="payments_reverse"),
            path("<int:pk>/withdraw/", reversals.withdraw_payment, name="payments_withdraw"),
            path(
                "<int:pk>/reinstate/<int:reversal>/",
                reversals.reinstate_payment,
                name="payments_reinstate",
            ),
            *super().get_urls(),
        ]


@admin.register(Postback)
class PostbackAdmin(
    ExportModelAdmin[Postback], LargeListModelAdmin[Postback], ReadOnlyModelAdmin[Postback]
):
    filled_by = _(
        "A postback is listed when Invoice Cloud tells the portal the result of a payment."
    )
    biller_path = "checkout__biller"
    tools = (
        Tool(
            _("Review queue"),
            "payments_review",
            review.PERMISSION,
            review.number_waiting,
            Job.MONEY,
            work=_("Postbacks to decide"),
        ),
        Tool(
            _("Not confirmed"),
            "payments_unconfirmed",
            review.PERMISSION,
            unconfirmed.number_waiting,
            Job.MONEY,
            work=_("Payments not confirmed"),
        ),
    )
    job = Job.RECORDS
    export_columns = exports.POSTBACKS
    list_display = ["received_at", "result", "reason", "numbers", "biller", "checkout"]
    list_filter = [("checkout__biller", OwnBillersFilter), "received_at", "verdict", "reason"]
    ordering = ["-received_at"]
    list_select_related = ["checkout__biller", "account"]
    search_fields = ["checkout__biller_reference", "checkout__parts__account__number_key"]
    search_help_text = _("Account number or biller reference")
    # The page shows them in a table.
    exclude = ["content_digest", "fields", "payment_guid"]
    change_form_template = "admin/payments/postback.html"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("review/", review.queue, name="payments_review"),
            path("unconfirmed/", unconfirmed.unconfirmed, name="payments_unconfirmed"),
            path("<int:postback_id>/review/", review.decide, name="payments_decide"),
            *super().get_urls(),
        ]

    def heading_of(self, record: Postback) -> str:
        return str(record.checkout)

    @admin.display(description=_("verdict"), ordering="verdict")
    def result(self, postback: Postback) -> str:
        return pill(postback.verdict, postback.get_verdict_display(), VERDICT_KINDS)

    @admin.display(description=_("biller"))
    def biller(self, postback: Postback) -> str:
        return postback.checkout.biller.name

    @admin.display(description=_("account number"))
    def numbers(self, postback: Postback) -> str:
        return ", ".join(each.account_number for each in exports.accounts_of(postback))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Postback]:
        return super().get_queryset(request).prefetch_related("checkout__parts")


@admin.register(ReviewDecision)
class ReviewDecisionAdmin(ReadOnlyModelAdmin[ReviewDecision]):
    filled_by = _("A decision is listed when staff decide about a postback in the review queue.")
    job = Job.RECORDS
    biller_path = "postback__checkout__biller"
    list_display = ["at", "decision", "checkout", "note", "by"]
    list_filter = ["decision", (biller_path, OwnBillersFilter)]
    list_select_related = ["postback__checkout", "by"]
    search_fields = ["postback__checkout__biller_reference"]
    search_help_text = _("Biller reference")
    show_full_result_count = False

    def heading_of(self, record: ReviewDecision) -> str:
        return f"{record.postback.checkout} · {record.get_decision_display()}"

    @admin.display(description=_("checkout"))
    def checkout(self, decision: ReviewDecision) -> str:
        return str(decision.postback.checkout)
