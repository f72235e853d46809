"""Checkouts, postbacks, and payments. Staff can read but not edit them, and they never see tokens,
digests, or addresses of payment pages."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from backoffice.admin_base import ReadOnlyModelAdmin, Tool
from backoffice.exports.admin import ExportModelAdmin
from backoffice.large_lists import LargeListModelAdmin
from backoffice.scope import OwnBillersFilter
from payments import exports
from payments.account_page import AccountPageAdmin  # noqa: F401  (registers itself)
from payments.checkout.timeline import postbacks_left_out, timeline_of
from payments.models import Checkout, Payment, Postback
from payments.models.review_decision import ReviewDecision
from payments.reconciliation.admin import ReconciliationAdmin  # noqa: F401  (registers itself)
from payments.reports import views as reports
from payments.review import views as review
from payments.search import views as search


@admin.register(Checkout)
class CheckoutAdmin(
    ExportModelAdmin[Checkout], LargeListModelAdmin[Checkout], ReadOnlyModelAdmin[Checkout]
):
    export_columns = exports.CHECKOUTS
    list_display = ["created_at", "biller", "account", "kind", "status", "biller_reference"]
    list_filter = [
        ("biller", OwnBillersFilter),
        "created_at",
        "kind",
        ("unconfirmed_at", admin.EmptyFieldListFilter),
        "failure",
    ]
    list_select_related = ["biller", "account", "payment"]
    search_fields = ["biller_reference", "account__number_key"]
    search_help_text = _("Account number or biller reference")
    exclude = [
        "visitor", "is_current", "address", "postback_digest", "return_digest", "hosted_url",
    ]  # fmt: skip
    readonly_fields = ["status"]
    change_form_template = "admin/payments/checkout.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checkout]:
        checkouts: Any = super().get_queryset(request)
        return checkouts.with_deciding_postbacks()  # type: ignore[no-any-return]

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

    @admin.display(description=_("state"))
    def status(self, checkout: Checkout) -> str:
        return str(checkout.status.label)


@admin.register(Payment)
class PaymentAdmin(
    ExportModelAdmin[Payment], LargeListModelAdmin[Payment], ReadOnlyModelAdmin[Payment]
):
    tools = (
        Tool(_("Where is my payment?"), "payments_where", search.PERMISSION),
        Tool(_("Reports"), "payments_reports", reports.VIEW),
    )
    export_columns = exports.PAYMENTS
    list_display = ["paid_at", "biller", "account", "amount", "fee", "total", "method", "source"]
    list_filter = [("biller", OwnBillersFilter), "paid_at", "source"]
    list_select_related = ["biller", "account", "checkout"]
    search_fields = ["payment_guid", "account__number_key", "checkout__biller_reference"]
    search_help_text = _("Account number, biller reference, or PaymentGUID")
    readonly_fields = ["amount", "fee", "total"]
    change_form_template = "admin/payments/payment.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description=_("amount"))
    def amount(self, payment: Payment) -> Decimal:
        return payment.amount

    @admin.display(description=_("fee"))
    def fee(self, payment: Payment) -> Decimal:
        return payment.fee

    @admin.display(description=_("total"))
    def total(self, payment: Payment) -> Decimal:
        return payment.total

    def get_urls(self) -> list[URLPattern]:
        report = "reports/<slug:name>"
        return [
            path("where/", search.where, name="payments_where"),
            path("reports/", reports.reports, name="payments_reports"),
            path(f"{report}/csv/", reports.report_csv, name="payments_report_csv"),
            path(f"{report}/xlsx/", reports.report_xlsx, name="payments_report_xlsx"),
            *super().get_urls(),
        ]


@admin.register(Postback)
class PostbackAdmin(
    ExportModelAdmin[Postback], LargeListModelAdmin[Postback], ReadOnlyModelAdmin[Postback]
):
    biller_path = "checkout__biller"
    tools = (Tool(_("Review queue"), "payments_review", review.PERMISSION),)
    export_columns = exports.POSTBACKS
    list_display = ["received_at", "biller", "account", "verdict", "reason", "checkout"]
    list_filter = [("checkout__biller", OwnBillersFilter), "received_at", "verdict", "reason"]
    ordering = ["-received_at"]
    list_select_related = ["checkout__biller", "checkout__account"]
    search_fields = ["checkout__biller_reference", "checkout__account__number_key"]
    search_help_text = _("Account number or biller reference")
    # The page shows them in a table.
    exclude = ["content_digest", "fields", "payment_guid"]
    change_form_template = "admin/payments/postback.html"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("review/", review.queue, name="payments_review"),
            path("<int:postback_id>/review/", review.decide, name="payments_decide"),
            *super().get_urls(),
        ]

    @admin.display(description=_("biller"))
    def biller(self, postback: Postback) -> str:
        return postback.checkout.biller.name

    @admin.display(description=_("account number"))
    def account(self, postback: Postback) -> str:
        return postback.checkout.account.account_number


@admin.register(ReviewDecision)
class ReviewDecisionAdmin(ReadOnlyModelAdmin[ReviewDecision]):
    biller_path = "postback__checkout__biller"
    list_display = ["at", "checkout", "decision", "by", "note"]
    list_filter = ["decision", (biller_path, OwnBillersFilter)]
    list_select_related = ["postback__checkout", "by"]
    search_fields = ["postback__checkout__biller_reference"]
    search_help_text = _("Biller reference")
    show_full_result_count = False

    @admin.display(description=_("checkout"))
    def checkout(self, decision: ReviewDecision) -> str:
        return str(decision.postback.checkout)
