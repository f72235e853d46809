"""Billers in the admin: their settings, and the way to the page “Going live”."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backoffice.admin_base import ScopedModelAdmin, Tool
from backoffice.navigation import capped
from icsso.billers.announcements import admin as announcements_admin  # noqa: F401  (registers itself)
from icsso.billers.forms import BillerForm, NamedForm, ServingForm
from icsso.billers.identity_provider import admin as identity_provider_admin  # noqa: F401  (itself)
from icsso.billers.models import Biller
from icsso.billers.onboarding import steps as readiness
from icsso.billers.onboarding import views as onboarding
from icsso.billers.onboarding.connection_test import try_connection
from icsso.billers.onboarding.models import unconfirmed
from icsso.billers.ways_to_pay import admin as ways_to_pay_admin  # noqa: F401  (registers itself)

CONNECTION = (
    "base_url",
    "extra_hosts",
    "biller_guid",
    "new_api_key",
    "new_web_service_key",
    "reads_customer_records",
)
CUSTOMERS = (
    "signup_proof",
    "name_order",
    "guests_prove",
    "offers_existing_login",
    "listed_accounts_need_proof",
)
BILLING_PAGES = (
    "opens_without_frame",
    "pages_in_spanish",
    "css_url",
    "return_url",
    "return_site_name",
)
SUPPORT = ("support_phone", "support_email", "support_hours", "support_hours_es")
BRANDING = ("new_logo", "remove_logo", "accent", *SUPPORT)
EMAILS = ("sender_name", "sender_email", "sends_reminders")


@admin.register(Biller)
class BillerAdmin(ScopedModelAdmin[Biller]):
    filled_by = _("Set up a utility to begin. A list leads you through the steps.")
    biller_path = "pk"
    form = BillerForm
    list_display = ("name", "readiness", "is_active", "base_url")
    list_per_page = 25  # each row runs a query for customers
    list_filter = ("is_active",)
    search_fields = ("name", "slug", "hosts__host")
    prepopulated_fields = {"slug": ("name",)}
    add_label = _("Set up a utility")
    tools = (
        Tool(
            _("Billers"),
            "icsso_biller_changelist",
            "icsso.change_biller",
            lambda billers: capped(unconfirmed(billers)),
            work=_("Billers with settings to confirm"),
        ),
    )
    actions = ("test_connection",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "time_zone")}),
        (_("Connection to Invoice Cloud"), {"fields": CONNECTION}),
        (_("Billing pages"), {"fields": BILLING_PAGES}),
        (_("Customers"), {"fields": CUSTOMERS}),
        (_("Appearance and support"), {"fields": BRANDING}),
        (_("Emails to customers"), {"fields": EMAILS}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Biller | None = None) -> Any:
        """Returns for a new biller only what names it: “Going live” asks for everything else."""
        return super().get_fieldsets(request, obj)[: None if obj else 1]

    def get_form(
        self, request: HttpRequest, obj: Biller | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = {} if obj else {"form": NamedForm}
        return super().get_form(request, obj, change, **kwargs | form)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, only_save)

    def save_model(
        self, request: HttpRequest, obj: Biller, form: ServingForm, change: bool
    ) -> None:
        form.store()

    def get_urls(self) -> list[URLPattern]:
        return onboarding.urls() + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Biller]:
        return super().get_queryset(request).prefetch_related("hosts", "setting_checks")

    @admin.display(description=_("going live"))
    def readiness(self, biller: Biller) -> SafeString:
        number = len(readiness.missing(biller))
        still = ngettext("%(number)d item missing", "%(number)d items missing", number)
        words = still % {"number": number} if number else _("Ready")
        address = reverse("admin:icsso_biller_going_live", args=[biller.pk])
        return format_html('<a href="{}">{}</a>', address, words)

    def response_add(
        self, request: HttpRequest, obj: Biller, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Redirects to the next step after a biller is added."""
        response = super().response_add(request, obj, post_url_continue)
        if {"_continue", "_addanother", "_popup"} & request.POST.keys():
            return response
        return redirect("admin:icsso_biller_going_live", obj.pk)

    @admin.action(description=_("Test connection"), permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Biller]) -> None:
        for biller in queryset:
            finding = try_connection(biller)
            level = messages.SUCCESS if finding.works else messages.ERROR
            self.message_user(request, f"{biller}: {finding.words}", level)
