"""The people and their accounts, for operators: plain, and without anything secret."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.changes import CredentialChange
from accounts.inlines import LinkInline, SynchronisationInline, UnknownInline, all_links
from accounts.models import (
    LinkedAccount,
    Registration,
    UnknownAccount,
    UnlinkedAccount,
    User,
    UtilityAccount,
)
from accounts.runs import Synchronisation

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class StaffCreationForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """Members register themselves: staff alone are made here."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(biller=None, email=email).exists():
            raise forms.ValidationError(_("There is somebody with this address already."))
        return email


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    add_form = StaffCreationForm
    form = forms.ModelForm
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("email", "biller", "language", "is_active", "password_change")}),
        (_("Staff"), {"fields": POWERS}),
        (_("Times"), {"fields": ("joined_at", "last_login")}),
        (_("At Invoice Cloud"), {"fields": ("registered_at", "linked_accounts")}),
    )
    list_display = ("email", "biller", "is_staff", "is_active", "registered_at", "last_login")
    list_filter = ("biller", "is_staff", "is_active")
    list_select_related = ("biller",)
    search_fields = ("email", "links__account__account_number")
    ordering = ("email",)
    readonly_fields = (
        "biller",
        "password_change",
        "joined_at",
        "last_login",
        "registered_at",
        "linked_accounts",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fixed = tuple(super().get_readonly_fields(request, obj))
        if obj and obj.biller_id:
            # Members change their address themselves: it must change at Invoice Cloud as well.
            return (*fixed, "email", *POWERS)
        return fixed if request.user.is_superuser else (*fixed, *POWERS)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return [SynchronisationInline, UnknownInline, LinkInline] if obj and obj.biller_id else []

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_staff or not change
        super().save_model(request, obj, form, change)

    @admin.display(description=_("linked accounts"))
    def linked_accounts(self, user: User) -> SafeString:
        return all_links(user)

    @admin.display(description=_("password"))
    def password_change(self, user: User) -> SafeString | str:
        if user.biller_id:
            return str(_("Only the member sets it, by “Forgot password”."))
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a href="{}">{}</a>', address, _("Set a new one"))

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        user = self.get_object(request, id)
        if user and (user.biller_id or (user.is_superuser and not request.user.is_superuser)):
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


@admin.register(UtilityAccount)
class UtilityAccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("account_number", "name", "address", "city", "zip", "biller")
    list_filter = ("biller",)
    list_select_related = ("biller",)
    search_fields = ("account_number", "name", "address", "email")
    show_full_result_count = False
    autocomplete_fields = ("biller",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("biller", "account_number") if obj else ()


@admin.register(LinkedAccount)
class LinkedAccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Which account of whom is proved by the customer: it can be taken away here, not given."""

    list_display = ("account", "member", "state", "note", "linked_at", "settled_at")
    list_filter = ("state", "member__biller")
    list_select_related = ("account", "member")
    search_fields = ("account__account_number", "member__email", "nickname")
    readonly_fields = ("member", "account", "linked_at", "settled_at")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class Record(admin.ModelAdmin):  # type: ignore[type-arg]
    """What happened: to be read."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(UnlinkedAccount)
class UnlinkedAccountAdmin(Record):
    """Deleting one lets the account come back at the member's next sign-in."""

    list_display = ("account", "member", "unlinked_at")
    list_select_related = ("account", "member")
    list_filter = ("member__biller",)
    search_fields = ("account__account_number", "member__email")


@admin.register(UnknownAccount)
class UnknownAccountAdmin(Record):
    list_display = ("account_number", "member", "seen_at")
    list_select_related = ("member",)
    list_filter = ("member__biller",)
    search_fields = ("account_number", "member__email")


@admin.register(Synchronisation)
class SynchronisationAdmin(Record):
    list_display = ("member", *SynchronisationInline.fields)
    list_select_related = ("member",)
    list_filter = ("member__biller", ("failure", admin.EmptyFieldListFilter))
    search_fields = ("member__email", "failure")


@admin.register(Registration)
class RegistrationAdmin(Record):
    list_display = ("email", "account", "biller", "asked_at", "finished_at")
    list_select_related = ("account", "biller")
    list_filter = ("biller", ("finished_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "account__account_number")
    date_hierarchy = "asked_at"
    exclude = ("password", "link_digest")


class OpenFilter(admin.SimpleListFilter):
    """Open: the member has said yes, and nobody knows whether both sides have it."""

    title = _("how it stands")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("open")), ("waiting", _("waiting for the link in the mail"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = {"open": queryset.open, "waiting": queryset.waiting}.get(self.value() or "")
        return wanted() if wanted else queryset


@admin.register(CredentialChange)
class CredentialChangeAdmin(Record):
    list_display = ("member", "kind", "asked_at", "standing", "done_there_at", "done_here_at")
    list_select_related = ("member",)
    list_filter = (OpenFilter, "kind", "member__biller", "reason")
    search_fields = ("member__email",)
    exclude = ("link_digest",)
    readonly_fields = ("standing",)

    @admin.display(description=_("how it stands"))
    def standing(self, change: CredentialChange) -> Any:
        return change.standing
