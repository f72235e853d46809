"""Staff users in the admin: where they are added and given roles and billers."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.staff_actions import NO_LONGER_OURS, TAKE_SECOND_FACTOR
from accounts.models import StaffUser
from backoffice import roles
from backoffice.large_lists import LargeListModelAdmin
from backoffice.object_actions import ObjectActionsModelAdmin
from backoffice.scope import billers_of
from backoffice.staff_pages import staff_page
from icsso.billers.fields import validate_address
from icsso.billers.models import Biller
from icsso.client.parsing import email_address

SUPERUSERS_ONLY = ("is_staff", "is_superuser")

admin.site.unregister(Group)  # groups are the roles of backoffice/roles.py, not edited here


class StaffForm(forms.ModelForm[StaffUser]):
    def clean_email(self) -> str:
        """Returns the address as sign-in looks it up."""
        email = email_address(str(self.cleaned_data["email"]))
        validate_address(email)
        others = StaffUser.objects.exclude(pk=self.instance.pk)
        if others.filter(email=email).exists():
            raise forms.ValidationError(_("A staff user with this email already exists."))
        return email

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        is_superuser = entered.get("is_superuser", self.instance.is_superuser)
        if "billers" in entered and not entered["billers"] and not is_superuser:
            self.add_error("billers", _("Choose at least one biller."))
        return entered


class StaffCreationForm(StaffForm, BaseUserCreationForm[StaffUser]):
    class Meta:
        model = StaffUser
        fields = ("email", "groups", "billers")


@admin.register(StaffUser)
class StaffUserAdmin(
    ObjectActionsModelAdmin[StaffUser], LargeListModelAdmin[StaffUser], UserAdmin[StaffUser]
):
    biller_path = ""
    object_actions = (TAKE_SECOND_FACTOR, NO_LONGER_OURS)
    add_form = StaffCreationForm
    form = StaffForm
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2", "groups", "billers")}),)
    fieldsets = (
        (None, {"fields": ("email", "language", "is_active", "password_change")}),
        (_("Access"), {"fields": ("is_staff", "is_superuser", "groups", "billers")}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    list_display = ("email", "roles", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("email",)
    search_help_text = _("Email")
    ordering = ("email",)
    readonly_fields = ("password_change", "joined_at", "last_login")

    def get_urls(self) -> list[URLPattern]:
        # Django's own page; `has_change_permission` then decides about whose password it is.
        password_page = staff_page("accounts.change_staffuser")(self.user_change_password)
        own = path("<id>/password/", password_page, name="auth_user_password_change")
        return [own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffUser]:
        # If a person also works for other billers, staff see only the billers they share.
        # (A subquery: the prefetch joins the same table, for another person.)
        own = Biller.objects.filter(pk__in=billers_of(request))
        billers = Prefetch("billers", queryset=own)
        return super().get_queryset(request).prefetch_related(billers, "groups")

    def within(self, rows: QuerySet[StaffUser], billers: QuerySet[Biller]) -> QuerySet[StaffUser]:
        """Returns those who work for at least one of these billers, superusers left out."""
        works = StaffUser.billers.through.objects.filter(biller__in=billers)
        return rows.filter(pk__in=works.values("user"), is_superuser=False)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filters must not reveal which other billers a person works for."""
        if lookup.split("__", maxsplit=1)[0] == "billers" and not request.user.is_superuser:
            return False
        return super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request: HttpRequest, obj: StaffUser | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or _can_do_no_more(obj, than=_staff_user(request)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if request.user.is_superuser else (*fixed, *SUPERUSERS_ONLY)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        if db_field.name == "groups":
            given = roles.given_by(_staff_user(request))
            kwargs.update(queryset=given, label=_("Roles"), help_text="", required=False)
            field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
            field.label_from_instance = roles.name_of
            return field
        # The form lets superusers have no biller: they don't need one.
        kwargs.update(queryset=billers_of(request), required=not request.user.is_superuser)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: StaffUser, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_staff or not change
        # So that the audit log shows staff of these billers who added this person.
        obj.future_billers = form.cleaned_data.get("billers", ())
        super().save_model(request, obj, form, change)

    @admin.display(description=_("roles"))
    def roles(self, person: StaffUser) -> str:
        names = [roles.name_of(group) for group in person.groups.all()]
        return ", ".join([str(_("superuser"))] * person.is_superuser + names)

    @admin.display(description=_("password"))
    def password_change(self, person: StaffUser) -> SafeString:
        address = reverse("admin:auth_user_password_change", args=[person.pk])
        return format_html('<a href="{}">{}</a>', address, _("Set a new password"))


def _staff_user(request: HttpRequest) -> StaffUser:
    return cast(StaffUser, request.user)


def _can_do_no_more(person: StaffUser, *, than: StaffUser) -> bool:
    """Setting someone's password or email lets you sign in as them: that must give you no more."""
    if than.is_superuser:
        return True
    elsewhere = Biller.objects.filter(staff=person).exclude(pk__in=than.managed_billers())
    more = person.groups.exclude(pk__in=roles.given_by(than))
    has_more = more.exists() or person.user_permissions.exists()
    return not (person.is_superuser or has_more or elsewhere.exists())
