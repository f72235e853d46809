"""Checkouts, postbacks and payments in the back office: read-only, without tokens and addresses."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from backoffice.exports.admin import Exported
from backoffice.lists import LargeList
from backoffice.scope import BillerScoped, OwnBillersFilter, Tool
from payments import exports
from payments.checkout.timeline import postbacks_left_out, timeline_of
from payments.models import Checkout, Payment, Postback
from payments.models.review_decision import ReviewDecision
from payments.reconciliation.admin import ReconciliationAdmin  # noqa: F401  (registers itself)
from payments.reports.admin import REPORTS_TOOL, ReportPages
from payments.review import views as desk
from payments.search import views as desk_search


class ReadOnly:
    """Records of what happened elsewhere: not added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Checkout)
class CheckoutAdmin(Exported, LargeList, ReadOnly, BillerScoped, admin.ModelAdmin[Checkout]):
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
    search_fields = ["biller_reference", "account__account_number"]
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
    ReportPages, Exported, LargeList, ReadOnly, BillerScoped, admin.ModelAdmin[Payment]
):
    tools = (
        Tool(_("Where is my payment?"), "payments_where", "payments.view_payment"),
        REPORTS_TOOL,
    )
    export_columns = exports.PAYMENTS
    list_display = ["paid_at", "biller", "account", "amount", "fee", "total", "method", "source"]
    list_filter = [("biller", OwnBillersFilter), "paid_at", "source"]
    list_select_related = ["biller", "account", "checkout"]
    search_fields = ["payment_guid", "account__account_number", "checkout__biller_reference"]
    search_help_text = _("Account number, biller reference or PaymentGUID")
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
        opened = self.admin_site.admin_view
        own = path("where/", opened(desk_search.where), name="payments_where")
        return [own, *super().get_urls()]


@admin.register(Postback)
class PostbackAdmin(Exported, LargeList, ReadOnly, BillerScoped, admin.ModelAdmin[Postback]):
    biller_path = "checkout__biller"
    tools = (Tool(_("Review queue"), "payments_review", "payments.review_postback"),)
    export_columns = exports.POSTBACKS
    list_display = ["received_at", "biller", "account", "verdict", "reason", "checkout"]
    list_filter = [("checkout__biller", OwnBillersFilter), "received_at", "verdict", "reason"]
    ordering = ["-received_at"]
    list_select_related = ["checkout__biller", "checkout__account"]
    search_fields = ["checkout__biller_reference", "checkout__account__account_number"]
    search_help_text = _("Account number or biller reference")
    # The page shows the fields in a table.
    exclude = ["content_digest", "fields", "payment_guid"]
    change_form_template = "admin/payments/postback.html"

    def get_urls(self) -> list[URLPattern]:
        opened = self.admin_site.admin_view
        return [
            path("review/", opened(desk.queue), name="payments_review"),
            path("<int:postback_id>/review/", opened(desk.decide), name="payments_decide"),
            *super().get_urls(),
        ]

    @admin.display(description=_("biller"))
    def biller(self, postback: Postback) -> str:
        return postback.checkout.biller.name

    @admin.display(description=_("account number"))
    def account(self, postback: Postback) -> str:
        return postback.checkout.account.account_number


@admin.register(ReviewDecision)
class ReviewDecisionAdmin(ReadOnly, BillerScoped, admin.ModelAdmin[ReviewDecision]):
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
