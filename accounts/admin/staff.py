"""Staff users in the admin: where they get roles and billers. They are added by invitation."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import first_billers
from accounts.admin.staff_actions import (
    FORGET_IDENTITY,
    NO_LONGER_OURS,
    SEND_PASSWORD_LINK,
    TAKE_SECOND_FACTOR,
    can_do_no_more,
)
from accounts.models import StaffInvitation, StaffUser
from accounts.requests import staff_user
from backoffice import roles
from backoffice.admin_base import Job
from backoffice.large_lists import LargeListModelAdmin
from backoffice.object_actions import ObjectActionsModelAdmin
from backoffice.scope import billers_of
from icsso.billers.fields import validate_address
from icsso.billers.models import Biller
from icsso.client.parsing import email_address

MOST_INVITED = 5  # shown above the list of staff users; the invitations' own list has all
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


@admin.register(StaffUser)
class StaffUserAdmin(
    ObjectActionsModelAdmin[StaffUser], LargeListModelAdmin[StaffUser], UserAdmin[StaffUser]
):
    filled_by = _("A staff user is listed once they accept their invitation.")
    biller_path = ""
    object_actions = (SEND_PASSWORD_LINK, TAKE_SECOND_FACTOR, FORGET_IDENTITY, NO_LONGER_OURS)
    operations = ("view", "change", "delete")  # staff are invited: nobody chooses their password
    change_list_template = "admin/accounts/staffuser/change_list.html"
    form = StaffForm
    fieldsets = (
        (None, {"fields": ("email", "language", "is_active")}),
        (_("Access"), {"fields": ("is_staff", "is_superuser", "groups", "billers")}),
        (_("Dates"), {"fields": ("joined_at", "last_login")}),
    )
    job = Job.SETUP
    list_display = ("email", "is_active", "roles", "biller_names", "last_login")
    list_filter = ("is_active",)
    search_fields = ("email",)
    search_help_text = _("Email")
    ordering = ("email",)
    readonly_fields = ("joined_at", "last_login")

    def get_urls(self) -> list[URLPattern]:
        """Leaves out the page on which one person types a password for another: staff get a link to
        choose their own."""
        return [page for page in super().get_urls() if page.name != "auth_user_password_change"]

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
        return may and (obj is None or can_do_no_more(obj, than=staff_user(request)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if request.user.is_superuser else (*fixed, *SUPERUSERS_ONLY)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        if db_field.name == "groups":
            given = roles.given_by(staff_user(request))
            kwargs.update(queryset=given, label=_("Roles"), help_text="", required=False)
            field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
            field.label_from_instance = roles.described
            return field
        # The form lets superusers have no biller: they don't need one.
        kwargs.update(queryset=billers_of(request), required=not request.user.is_superuser)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: StaffUser, form: Any, change: bool) -> None:
        # `billers` is saved afterward.
        obj.future_billers = form.cleaned_data.get("billers", ())
        super().save_model(request, obj, form, change)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows who is invited and has not accepted yet, above the list."""
        invited: Any = admin.site._registry[StaffInvitation]
        shown = {
            "may_invite": invited.has_add_permission(request),
            "invited": invited.get_queryset(request).open()[:MOST_INVITED]
            if invited.has_view_permission(request)
            else (),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @admin.display(description=_("billers"))
    def biller_names(self, person: StaffUser) -> str:
        return first_billers(person.billers.all())

    @admin.display(description=_("roles"))
    def roles(self, person: StaffUser) -> str:
        names = [roles.name_of(group) for group in person.groups.all()]
        return ", ".join([str(_("superuser"))] * person.is_superuser + names)
