"""Reversals in the admin: a read-only list, and the part of the payment's page about them."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.balance_words import signed_dollars
from backoffice.admin_base import ReadOnlyModelAdmin
from backoffice.large_lists import LargeListModelAdmin
from backoffice.scope import OwnBillersFilter
from payments.models import Payment, Reversal


def reversals_of(payment: Payment) -> Iterable[Reversal]:
    """Returns what became of a payment, in the order in which it was recorded."""
    related = ("by", "reinstates", "reinstatement", "list_line__reconciliation")
    found: QuerySet[Reversal] = payment.reversals.select_related(*related)
    return found.prefetch_related("lines")


class ReversedFilter(admin.SimpleListFilter):
    """Payments of which something was taken back, whether or not it was given back since."""

    title = _("what became of it")
    parameter_name = "reversed"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("yes", gettext("something was reversed")), ("no", gettext("nothing was reversed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found = Exists(Reversal.objects.filter(payment=OuterRef("pk")))
        if self.value() == "yes":
            return queryset.filter(found)
        return queryset.filter(~found) if self.value() == "no" else queryset


@admin.register(Reversal)
class ReversalAdmin(LargeListModelAdmin[Reversal], ReadOnlyModelAdmin[Reversal]):
    filled_by = _(
        "A reversal is listed when a payment is returned, refunded, voided, or charged back. "
        "Invoice Cloud's lists show these, or you enter them on the payment's page."
    )
    biller_path = "payment__biller"
    list_display = ("happened_at", "kind", "amount", "fee", "account", "source", "biller")
    list_filter = (("payment__biller", OwnBillersFilter), "happened_at", "kind", "source")
    list_select_related = ("payment__account", "payment__biller")
    ordering = ("-happened_at", "-pk")
    search_fields = ("payment__payment_guid", "payment__account__number_key")
    search_help_text = _("Account number or PaymentGUID")
    readonly_fields = ("amount", "fee")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reversal]:
        return super().get_queryset(request).prefetch_related("lines")

    def heading_of(self, record: Reversal) -> str:
        return f"{record.get_kind_display()} {signed_dollars(record.amount)}"

    @admin.display(description=_("biller"))
    def biller(self, reversal: Reversal) -> str:
        return reversal.payment.biller.name

    @admin.display(description=_("account number"))
    def account(self, reversal: Reversal) -> str:
        return reversal.payment.account.account_number

    @admin.display(description=_("amount"))
    def amount(self, reversal: Reversal) -> str:
        return signed_dollars(reversal.amount)

    @admin.display(description=_("fee"))
    def fee(self, reversal: Reversal) -> str:
        return signed_dollars(reversal.fee)
