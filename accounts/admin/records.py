"""Members' accounts and their history, for staff. Secrets are left out."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.exports import SIGNUPS
from accounts.admin.facts import undelivered_emails
from accounts.admin.support_actions import RESEND_SIGNUP
from accounts.models import Signup, UnknownAccount, UnlinkedAccount
from accounts.models.credential_change import CredentialChange
from accounts.models.sync import AccountSync
from backoffice.admin_base import Job, M
from backoffice.exports.admin import ExportModelAdmin
from backoffice.large_lists import LargeListModelAdmin
from backoffice.object_actions import ObjectActionsModelAdmin
from backoffice.scope import OwnBillersFilter
from backoffice.zones import moment_here

ACCOUNT_OR_EMAIL = _("Account number or email")


class MemberRecordAdmin(LargeListModelAdmin[M]):
    """A member's history: staff can't add or change it, and it is deleted with the member."""

    biller_path = "member__biller"
    operations = ("view", "delete")


@admin.register(UnlinkedAccount)
class UnlinkedAccountAdmin(MemberRecordAdmin[UnlinkedAccount]):
    """After one is deleted, the account can be linked again at the member's next sign-in."""

    filled_by = _(
        "An account is listed when a member or staff unlinks it. The portal doesn't link it "
        "again by itself."
    )
    job = Job.RECORDS
    list_display = ("account", "member", "unlinked_at")
    list_select_related = ("account", "member")
    list_filter = (("member__biller", OwnBillersFilter),)
    search_fields = ("account__number_key", "member__email")
    search_help_text = ACCOUNT_OR_EMAIL


@admin.register(UnknownAccount)
class UnknownAccountAdmin(MemberRecordAdmin[UnknownAccount]):
    filled_by = _(
        "An account is listed when Invoice Cloud has it for a member, but your billing system's "
        "list doesn't."
    )
    job = Job.RECORDS
    list_display = ("account_number", "member", "seen_at")
    list_select_related = ("member",)
    list_filter = (("member__biller", OwnBillersFilter),)
    search_fields = ("number_key", "member__email")
    search_help_text = ACCOUNT_OR_EMAIL


@admin.register(AccountSync)
class AccountSyncAdmin(MemberRecordAdmin[AccountSync]):
    filled_by = _(
        "The portal adds one each time it compares a member's accounts with Invoice Cloud."
    )
    job = Job.RECORDS
    list_display = (
        *("member", "started_at", "ended_at", "linked", "registered", "refused", "unknown"),
        "failure",
    )
    list_select_related = ("member",)
    list_filter = (("member__biller", OwnBillersFilter), ("failure", admin.EmptyFieldListFilter))
    search_fields = ("member__email",)
    search_help_text = _("Email")

    def heading_of(self, record: AccountSync) -> str:
        return f"{record.member} · {moment_here(record.started_at)}"


@admin.register(Signup)
class SignupAdmin(
    ObjectActionsModelAdmin[Signup],
    ExportModelAdmin[Signup],
    MemberRecordAdmin[Signup],
):
    filled_by = _("A sign-up is listed when a customer begins to create an online account.")
    biller_path = "biller"
    export_columns = SIGNUPS
    object_actions = (RESEND_SIGNUP,)
    list_display = ("email", "finished_at", "asked_at", "account", "kind", "biller")
    list_select_related = ("account", "biller")
    ordering = ("-asked_at",)
    list_filter = (
        ("biller", OwnBillersFilter),
        "kind",
        "asked_at",
        ("finished_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("email", "account__number_key")
    search_help_text = ACCOUNT_OR_EMAIL
    exclude = ("password", "link_digest")
    readonly_fields = ("undelivered_emails",)

    def heading_of(self, record: Signup) -> str:
        return record.email

    @admin.display(description=_("undelivered emails"))
    def undelivered_emails(self, signup: Signup) -> SafeString:
        return undelivered_emails(signup)


class OpenFilter(admin.SimpleListFilter):
    """Open: the member has confirmed the change, but it may not be in effect on both sides."""

    title = _("status")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("waiting", _("waiting for the member to open the link"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = {"open": queryset.open, "waiting": queryset.waiting}.get(self.value() or "")
        return wanted() if wanted else queryset


@admin.register(CredentialChange)
class CredentialChangeAdmin(MemberRecordAdmin[CredentialChange]):
    filled_by = _(
        "A change is listed when a member changes or resets their password, or changes their email."
    )
    job = Job.RECORDS
    list_display = ("member", "standing", "kind", "asked_at", "applied_at", "ended_at")
    list_select_related = ("member",)
    list_filter = (OpenFilter, "kind", ("member__biller", OwnBillersFilter), "reason")
    search_fields = ("member__email",)
    search_help_text = _("Email")
    exclude = ("link_digest",)
    readonly_fields = ("standing",)

    def heading_of(self, record: CredentialChange) -> str:
        asked = moment_here(record.asked_at)
        return f"{record.member} · {record.get_kind_display()} · {asked}"

    @admin.display(description=_("status"))
    def standing(self, change: CredentialChange) -> Any:
        return change.standing
