"""Linked accounts in the admin, and those that staff have to decide on."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.records import ACCOUNT_OR_EMAIL, MemberRecordAdmin
from accounts.admin.support_actions import SAME_CUSTOMER, UNLINK
from accounts.models import LinkAwaitingProof, LinkedAccount
from backoffice.admin_base import Tool
from backoffice.large_lists import LargeListModelAdmin
from backoffice.navigation import capped
from backoffice.object_actions import Link, ObjectActionsModelAdmin
from backoffice.scope import OwnBillersFilter


def _awaiting(billers: QuerySet[Any]) -> QuerySet[LinkedAccount]:
    return LinkedAccount.objects.awaiting_proof().filter(member__biller__in=billers)


@admin.register(LinkedAccount)
class LinkedAccountAdmin(ObjectActionsModelAdmin[LinkedAccount], MemberRecordAdmin[LinkedAccount]):
    """Staff can unlink an account but not add one: the customer has to prove it, and its state
    comes from Invoice Cloud. It stays unlinked, as if the member had done it."""

    filled_by = _(
        "An account is listed when a customer proves it is theirs, or when Invoice Cloud has it "
        "for them."
    )
    object_actions = (UNLINK,)
    list_display = ("account", "state", "member", "origin", "note", "linked_at", "settled_at")
    list_filter = (
        *("state", "origin", ("needs_proof_since", admin.EmptyFieldListFilter)),
        ("member__biller", OwnBillersFilter),
    )
    readonly_fields = ("needs_proof_since", "held_as", "told_at")
    list_select_related = ("account", "member")
    ordering = ("-pk",)
    search_fields = ("account__number_key", "member__email")
    search_help_text = ACCOUNT_OR_EMAIL

    def links_for(self, request: HttpRequest, record: LinkedAccount) -> list[Link]:
        links = super().links_for(request, record)
        if record.needs_proof_since and request.user.has_perm("accounts.decide_customer"):
            address = reverse("admin:accounts_linkawaitingproof_change", args=[record.pk])
            links.append(Link(_("Same customer?"), address))
        return links

    def has_delete_permission(self, request: HttpRequest, obj: LinkedAccount | None = None) -> bool:
        """Linked accounts are deleted only with their member. “Unlink” asks for the reason."""
        page = request.resolver_match.url_name if request.resolver_match else None
        is_own = bool(page) and str(page).startswith("accounts_linkedaccount_")
        return not is_own and super().has_delete_permission(request, obj)


@admin.register(LinkAwaitingProof)
class LinkAwaitingProofAdmin(
    ObjectActionsModelAdmin[LinkAwaitingProof], LargeListModelAdmin[LinkAwaitingProof]
):
    """Staff have to decide: same customer, or unlink? Until then, the account is hidden."""

    filled_by = _(
        "An account is listed when an import brings another customer for it. Then you decide "
        "whether it is the same person."
    )
    biller_path = "member__biller"
    operations = ("view",)
    permission = "accounts.decide_customer"
    tools = (
        Tool(
            _("Accounts with another customer"),
            "accounts_linkawaitingproof_changelist",
            "accounts.decide_customer",
            lambda billers: capped(_awaiting(billers)),
        ),
    )
    object_actions = (SAME_CUSTOMER, UNLINK)
    list_display = ("account", "held_as", "held_now", "member", "needs_proof_since", "told_at")
    list_filter = (("member__biller", OwnBillersFilter),)
    list_select_related = ("account", "member")
    ordering = ("needs_proof_since", "pk")
    search_fields = ("account__number_key", "member__email")
    search_help_text = ACCOUNT_OR_EMAIL
    fields = (
        *("account", "address", "held_as", "held_now", "member", "origin", "linked_at"),
        *("needs_proof_since", "told_at", "at_invoice_cloud"),
    )
    readonly_fields = fields

    @admin.display(description=_("customer now"))
    def held_now(self, link: LinkAwaitingProof) -> str:
        return link.account.name

    @admin.display(description=_("service address"))
    def address(self, link: LinkAwaitingProof) -> str:
        return link.account.address or "–"

    @admin.display(description=_("at Invoice Cloud"))
    def at_invoice_cloud(self, link: LinkAwaitingProof) -> str:
        if link.state == LinkedAccount.State.REGISTERED:
            return gettext(
                "Still registered for this member, who may see its bills on Invoice Cloud's pages. "
                "AutoPay, Paperless, Pay by Text, and scheduled payments stay as they are. Only "
                "Invoice Cloud can remove the account there: ask them if it is not the same "
                "customer."
            )
        return gettext("As far as the portal knows, it is not registered for this member.")
