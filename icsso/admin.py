from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from icsso.connection import try_connection
from icsso.forms import BillerForm
from icsso.models import Biller, BillerHost
from icsso.operators import BillerScoped

CONNECTION = (
    "base_url",
    "extra_hosts",
    "biller_guid",
    "new_api_key",
    "new_web_service_key",
    "setting_129_confirmed_at",
)
BILLING_PAGES = ("opens_without_frame", "css_url", "return_url", "return_site_name")
BRANDING = ("logo_url", "accent", "support_phone", "support_email", "support_hours")


class BillerHostInline(admin.TabularInline):  # type: ignore[type-arg]
    model = BillerHost
    extra = 1


@admin.register(Biller)
class BillerAdmin(BillerScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    biller_path = "pk"
    form = BillerForm
    inlines = (BillerHostInline,)
    list_display = ("name", "slug", "is_active", "base_url", "missing")
    list_filter = ("is_active",)
    search_fields = ("name", "slug", "hosts__host")
    prepopulated_fields = {"slug": ("name",)}
    actions = ("test_connection",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active")}),
        (_("Connection to Invoice Cloud"), {"fields": CONNECTION}),
        (_("Billing pages"), {"fields": BILLING_PAGES}),
        (_("Customers"), {"fields": ("registration_proof", "guests_prove")}),
        (_("Look and support"), {"fields": BRANDING}),
    )

    @admin.display(description=_("still missing"), empty_value="—")
    def missing(self, biller: Biller) -> str:
        return ", ".join(str(what) for what in biller.missing())

    @admin.action(description=_("Test connection"), permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Biller]) -> None:
        for biller in queryset:
            finding = try_connection(biller)
            level = messages.SUCCESS if finding.works else messages.ERROR
            self.message_user(request, f"{biller}: {finding.words}", level)
