"""Members and staff. Members look after themselves; staff are made, and given roles, here."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.inlines import LinkInline, SynchronisationInline, UnknownInline, all_links
from accounts.admin.staff_actions import NO_LONGER_OURS
from accounts.admin.support_actions import (
    END_SESSIONS,
    END_TWO_STEP,
    SEND_RESET,
    TAKE_SECOND_FACTOR,
    UNLOCK,
)
from accounts.models import Member, User
from backoffice import roles
from backoffice.lists import LargeList
from backoffice.object_actions import Link, WithActs
from backoffice.scope import BillerScoped, OwnBillersFilter, billers_of
from icsso.billers.models import Biller

POWERS = ("is_staff", "is_superuser", "groups", "billers")
SUPERUSERS_OWN = ("is_staff", "is_superuser")

admin.site.unregister(Group)  # the roles, which stand in backoffice/roles.py


EVERYBODY = (None, {"fields": ("email", "biller", "language", "is_active", "password_change")})
STAFF = (_("Staff"), {"fields": POWERS})
MEMBER = (_("Member"), {"fields": ("registered_at", "two_step", "linked_accounts")})
TIMES = (_("Times"), {"fields": ("joined_at", "last_login")})


class StaffForm(forms.ModelForm):  # type: ignore[type-arg]
    """Of members it has no address: they change it themselves."""

    def clean_email(self) -> str:
        """As it is looked up at the next sign-in."""
        email = str(self.cleaned_data["email"]).strip().lower()
        others = User.objects.filter(biller=None).exclude(pk=self.instance.pk)
        if others.filter(email=email).exists():
            raise forms.ValidationError(_("There is somebody with this address already."))
        return email


class StaffCreationForm(StaffForm, BaseUserCreationForm):  # type: ignore[type-arg]
    """Members register themselves: staff alone are made here."""

    class Meta:
        model = User
        fields = ("email", "groups", "billers")


@admin.register(User)
class UserAdmin(WithActs, LargeList, BillerScoped, DjangoUserAdmin):  # type: ignore[type-arg]
    acts = (SEND_RESET, END_SESSIONS, UNLOCK, END_TWO_STEP, TAKE_SECOND_FACTOR, NO_LONGER_OURS)
    add_form = StaffCreationForm
    form = StaffForm
    add_fieldsets = ((None, {"fields": ("email", "password1", "password2", "groups", "billers")}),)
    list_display = ("email", "biller", "is_staff", "is_active", "registered_at", "last_login")
    list_filter = (("biller", OwnBillersFilter), "is_staff", "is_active")
    list_select_related = ("biller",)
    search_fields = ("email", "links__account__account_number")
    search_help_text = _("Account number or email")
    ordering = ("biller_id", "email")
    readonly_fields = (
        "biller",
        "password_change",
        "joined_at",
        "last_login",
        "registered_at",
        "two_step",
        "linked_accounts",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        # Of whom also works elsewhere, where else is nobody's business. (By a subquery: the
        # prefetch joins the same table, for another person.)
        own = Biller.objects.filter(pk__in=billers_of(request))
        return super().get_queryset(request).prefetch_related(Prefetch("billers", queryset=own))

    def within(self, rows: QuerySet[User], billers: QuerySet[Biller]) -> QuerySet[User]:
        """Members, and those who work for the same billers."""
        works = User.billers.through.objects.filter(biller__in=billers)
        return rows.filter(
            Q(biller__in=billers) | Q(pk__in=works.values("user")), is_superuser=False
        )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or bool(obj.biller_id) or _is_within(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fixed = tuple(super().get_readonly_fields(request, obj))
        if obj and obj.biller_id:
            # Members change their address themselves: it must change at Invoice Cloud as well.
            return (*fixed, "email", *POWERS)
        return fixed if _operator(request).is_superuser else (*fixed, *SUPERUSERS_OWN)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        offered = {"groups": roles.given_by(_operator(request)), "billers": billers_of(request)}
        # Whom a biller's administrator lets in without a biller, nobody would see again.
        needed = db_field.name == "billers" and not _operator(request).is_superuser
        kwargs.update(queryset=offered[db_field.name], required=needed)
        kwargs["widget"] = forms.CheckboxSelectMultiple
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.label_from_instance = roles.name_of
        return field

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        return (EVERYBODY, MEMBER if obj.biller_id else STAFF, TIMES)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return [SynchronisationInline, UnknownInline, LinkInline] if obj and obj.biller_id else []

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = obj.is_staff or not change
        # Who made them, and gave them a role, is read by those for whom they are to work.
        obj.future_billers = form.cleaned_data.get("billers", ())
        super().save_model(request, obj, form, change)

    def links_for(self, request: HttpRequest, about: User) -> list[Link]:
        links = super().links_for(request, about)
        if about.biller_id and request.user.has_perm("accounts.see_as_member"):
            seen = reverse("admin:as_member", args=[about.pk])
            links.append(Link(_("As the member sees it"), seen))
        return links

    @admin.display(description=_("linked accounts"))
    def linked_accounts(self, user: User) -> SafeString:
        return all_links(cast(Member, user))

    @admin.display(description=_("two-step verification"), boolean=True)
    def two_step(self, user: User) -> bool:
        return hasattr(user, "second_factor")

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
        if user and user.biller_id:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


def _operator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (the admin asks everybody to sign in)
    return request.user


def _is_within(request: HttpRequest, person: User) -> bool:
    """Whether this staff person can nothing that the operator cannot: else who sets their
    password, or their address, would come to more than they were given."""
    operator = _operator(request)
    if operator.is_superuser:
        return True
    elsewhere = Biller.objects.filter(staff=person).exclude(pk__in=billers_of(request))
    more = person.groups.exclude(pk__in=roles.given_by(operator))
    has_more = more.exists() or person.user_permissions.exists()
    return not (person.is_superuser or has_more or elsewhere.exists())
