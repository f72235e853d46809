"""Utility accounts in the admin: the list and the form. `support.accounts` adds the page of one."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.linked_accounts.customers import (
    CustomerChanges,
    Renamed,
    change_customers,
    forget_balances,
    notify_members,
)
from accounts.models import UtilityAccount
from backoffice.large_lists import LargeListModelAdmin
from backoffice.scope import OwnBillersFilter
from icsso.billers.models import Biller


@admin.register(UtilityAccount)
class UtilityAccountAdmin(LargeListModelAdmin[UtilityAccount]):
    filled_by = _(
        "Accounts are listed once your billing system's list of accounts is imported. Without it, "
        "customers can't create online accounts."
    )
    change_list_template = "admin/accounts/utilityaccount/change_list.html"
    list_display = ("account_number", "name", "closed_at", "address", "city", "zip", "biller")
    list_filter = (("biller", OwnBillersFilter), ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("biller",)
    ordering = ("biller_id", "account_number")
    search_fields = (
        *("account_number__startswith", "number_key", "number_key__startswith"),
        *("name_key__startswith", "email"),
    )
    search_help_text = _(
        "Beginning of the account number or of the name in any spelling, or full email"
    )

    def save_model(
        self, request: HttpRequest, obj: UtilityAccount, form: Any, change: bool
    ) -> None:
        """Another customer's name has the same consequences here as in a file from the CIS."""
        before = form.initial.get("name", "") if change else ""
        super().save_model(request, obj, form, change)
        if not change or before == obj.name:
            return
        changes = change_customers([Renamed(obj.pk, before, obj.name)], obj.biller)
        transaction.on_commit(lambda: _after_commit(changes, obj.biller))
        if changes.asked:
            messages.warning(request, _asked(changes.asked))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Invoice Cloud gives the GUID, which decides whose bills are opened.
        given = ("closed_at", "posted_through", "customer_guid")
        return ("biller", "account_number", *given) if obj else given


def _after_commit(changes: CustomerChanges, biller: Biller) -> None:
    forget_balances(changes)
    notify_members(biller)


def _asked(number: int) -> str:
    said = ngettext(
        "The account has another customer now. %(number)d member has to prove it again.",
        "The account has another customer now. %(number)d members have to prove it again.",
        number,
    )
    return said % {"number": number}
