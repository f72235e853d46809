"""Members in the admin. They manage their own accounts: staff view them and help with actions."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import all_links, undelivered_emails
from accounts.admin.support_actions import (
    END_SESSIONS,
    END_TWO_STEP,
    REMOVE_PASSKEYS,
    SEND_RESET,
    UNLOCK,
)
from accounts.models import Member, Signup
from accounts.privacy import views as privacy
from backoffice.large_lists import LargeListModelAdmin
from backoffice.object_actions import Link, ObjectActionsModelAdmin
from backoffice.scope import OwnBillersFilter

PRIVACY = (
    (_("Export what is held"), "accounts_member_privacy", privacy.EXPORT),
    (_("Erase"), "accounts_member_erase", privacy.ERASE),
)
FACTS = ("registered_at", "two_step", "linked_accounts", "undelivered_emails")


@admin.register(Member)
class MemberAdmin(ObjectActionsModelAdmin[Member], LargeListModelAdmin[Member]):
    # Members sign up by themselves. Instead of deleting one, staff erase the person.
    filled_by = _("A member is listed when a customer creates an online account.")
    operations = ("view", "change")
    object_actions = (SEND_RESET, END_SESSIONS, UNLOCK, REMOVE_PASSKEYS, END_TWO_STEP)
    list_display = ("email", "is_active", "registered_at", "last_login", "biller")
    list_filter = (("biller", OwnBillersFilter), "is_active")
    list_select_related = ("biller",)
    search_fields = ("email", "all_links__account__number_key")
    search_help_text = _("Account number or email")
    ordering = ("biller_id", "email")
    exclude = ("password",)
    fieldsets = (
        (None, {"fields": ("email", "biller", "language", "is_active", "password_change")}),
        (_("Member"), {"fields": ("signed_up_with", *FACTS)}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    # Members change their address themselves: it must change at Invoice Cloud as well.
    readonly_fields = (
        *("email", "biller", "password_change", "signed_up_with", *FACTS),
        *("joined_at", "last_login"),
    )

    def get_urls(self) -> list[URLPattern]:
        return [*privacy.URLS, *super().get_urls()]

    def links_for(self, request: HttpRequest, record: Member) -> list[Link]:
        links = super().links_for(request, record)
        if request.user.has_perm("accounts.see_as_member"):
            address = reverse("admin:as_member", args=[record.pk])
            links.append(Link(_("View as member"), address))
        for label, page, permission in PRIVACY:
            if request.user.has_perm(permission):
                links.append(Link(label, reverse(f"admin:{page}", args=[record.pk])))
        return links

    @admin.display(description=_("linked accounts"))
    def linked_accounts(self, member: Member) -> SafeString:
        return all_links(member)

    @admin.display(description=_("undelivered emails"))
    def undelivered_emails(self, member: Member) -> SafeString:
        return undelivered_emails(member)

    @admin.display(description=_("signed up with"))
    def signed_up_with(self, member: Member) -> str:
        signup = Signup.objects.filter(member=member).first()
        return signup.get_kind_display() if signup else "-"

    @admin.display(description=_("two-step verification"), boolean=True)
    def two_step(self, member: Member) -> bool:
        return hasattr(member, "second_factor")

    @admin.display(description=_("password"))
    def password_change(self, member: Member) -> str:
        return str(_("Members set their own password, using “Forgot your password?”."))
