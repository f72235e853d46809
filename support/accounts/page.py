"""One page about a utility account. It is the account's page in the admin; `?edit` opens Django's
form, for staff who may correct what the CIS says."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from accounts.admin.utility_accounts import UtilityAccountAdmin
from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import HelperAccount, LinkedAccount, UtilityAccount
from payments.late_fees.recording import attempts_of
from payments.models import Checkout
from support.accounts.balance import refresh
from support.accounts.pay_link import SEND_PAY_LINK
from support.money import latest_checkouts, latest_payments
from support.record_page import RecordPageAdmin, rows_of_each

admin.site.unregister(UtilityAccount)


@admin.register(UtilityAccount)
class AccountPageAdmin(RecordPageAdmin[UtilityAccount], UtilityAccountAdmin):
    page_template = "admin/support/account.html"
    object_actions = (SEND_PAY_LINK,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UtilityAccount]:
        accounts: QuerySet[UtilityAccount] = super().get_queryset(request)
        return accounts.select_related("biller")

    def get_urls(self) -> list[URLPattern]:
        pages = [path("<int:pk>/balance/", refresh, name="accounts_utilityaccount_balance")]
        return [*pages, *super().get_urls()]

    def page_context(self, request: HttpRequest, record: UtilityAccount) -> dict[str, Any]:
        return {
            "title": record.account_number,
            "account": record,
            "account_key": str(record.pk),
            "acts": self.links_for(request, record),
            **_shown(record, request),
        }


def _balance(account: UtilityAccount, links: Sequence[LinkedAccount]) -> Balance | None:
    """Returns the last known balance. links: those shown. Each has it, unless it awaits proof."""
    standing = [link for link in links if link.needs_proof_since is None]
    if not standing:
        return kept.last([account.pk]).get(account.pk)
    found = [kept.of(link, zone=account.biller.zone) for link in standing]
    return max(filter(None, found), key=lambda each: each.asked_at, default=None)


def _shown(account: UtilityAccount, request: HttpRequest) -> dict[str, Any]:
    """Returns what this staff user may see of the account; None for what they may not."""
    may, number = request.user.has_perm, rows_of_each(request)
    links = account.all_links.select_related("member")
    order = F("needs_proof_since").desc(nulls_last=True)
    checkouts = Checkout.objects.of_accounts([account.pk])
    shown = list(links.order_by(order, "-pk")[:number])
    return {
        "balance": _balance(account, shown),
        # The day up to which the CIS has posted payments, if its files say so.
        "posted_through": getattr(account, "posted_through", None),
        "links": may("accounts.view_linkedaccount") and shown,
        "helpers": may("accounts.view_helper")
        and HelperAccount.objects.filter(link__account=account)
        .select_related("helper__owner__biller")
        .order_by(F("helper__ended_at").desc(nulls_first=True), "-pk")[: number + 1],
        "signups": may("accounts.view_signup")
        and account.signup_set.order_by("-asked_at", "-pk")[:number],
        "customers": account.customer_changes.all()[: number + 1],
        "payments": may("payments.view_payment") and latest_payments(Q(account=account), number),
        "checkouts": may("payments.view_checkout") and latest_checkouts(checkouts, number),
        "attempts": may("payments.view_failedattempt") and attempts_of(account)[: number + 1],
    }
