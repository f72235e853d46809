"""The account's page in the admin, with its payments and checkouts: one page about everything."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.inlines import ReadOnlyInline
from accounts.admin.utility_accounts import UtilityAccountAdmin
from accounts.models import UtilityAccount
from payments.models import Checkout, Payment


class AccountPayments(ReadOnlyInline):
    model = Payment
    owner = "account"
    has_list = True
    show_change_link = True
    fields = ("paid_at", "total", "method", "source")
    readonly_fields = ("total",)
    first = ("-paid_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("lines")

    @admin.display(description=_("total"))
    def total(self, payment: Payment) -> Decimal:
        return payment.total


class AccountCheckouts(ReadOnlyInline):
    model = Checkout
    owner = "account"
    has_list = True
    show_change_link = True
    fields = ("created_at", "kind", "member", "state", "biller_reference")
    readonly_fields = ("state",)
    first = ("-created_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        checkouts: Any = super().get_queryset(request)
        found: QuerySet[Any] = checkouts.with_deciding_postbacks()
        return found.select_related("payment", "member")

    @admin.display(description=_("state"))
    def state(self, checkout: Checkout) -> str:
        return str(checkout.status.label)


admin.site.unregister(UtilityAccount)


@admin.register(UtilityAccount)
class AccountPageAdmin(UtilityAccountAdmin):
    lists = (*UtilityAccountAdmin.lists, AccountPayments, AccountCheckouts)
