"""Invitations of staff in the admin: created, sent again, and revoked here."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.admin.facts import first_billers
from accounts.durations import in_words
from accounts.models import StaffInvitation, StaffUser
from accounts.ratelimit import STAFF, allowed
from accounts.requests import staff_user
from accounts.staff import invitations
from accounts.staff.invitations import InvitationOver
from backoffice import roles
from backoffice.audit.events import Event
from backoffice.large_lists import LargeListModelAdmin
from backoffice.navigation import Job
from backoffice.object_actions import ObjectAction, ObjectActionsModelAdmin
from backoffice.scope import billers_of
from icsso.billers.fields import validate_new_address
from icsso.billers.models import Biller
from icsso.client.parsing import email_address


class InvitationForm(forms.ModelForm[StaffInvitation]):
    """giver, request: set by the admin, on a subclass for each request."""

    giver: StaffUser
    request: HttpRequest

    class Meta:
        model = StaffInvitation
        fields = ("email", "roles", "billers", "language")

    def clean_email(self) -> str:
        email = email_address(str(self.cleaned_data["email"]))
        validate_new_address(email)
        return email

    def clean(self) -> dict[str, Any]:
        """Errors depend only on what the inviting person can see anyway."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        email, billers = entered.get("email"), set(entered.get("billers") or ())
        own = self.giver.managed_billers()
        invited = StaffInvitation.objects.open().filter(email=email, billers__in=own)
        working = set(own.filter(staff__email=email, staff__biller=None, staff__is_active=True))
        if email and invited.exists():
            words = _("This person has already been invited. Send that invitation again instead.")
            self.add_error("email", words)
        elif email and billers and billers <= working:
            words = _("This person already works for these billers. Change them under Staff users.")
            self.add_error("email", words)
        elif email and not self.errors and not self._may_be_sent(email):
            words = _("This person has been invited several times just now. Try again later.")
            self.add_error("email", words)
        return entered

    def _may_be_sent(self, email: str) -> bool:
        """Returns whether this address may get another invitation, and counts it: an address that
        is invited, revoked, and invited again gets an email each time."""
        return allowed("invite", request=self.request, key=email, place=STAFF)


def _resend(request: HttpRequest, invitation: StaffInvitation) -> bool:
    if not allowed("resend", request=request, key=invitation.email, place=STAFF):
        return False
    with transaction.atomic():
        send = invitations.resend(request, invitation)
    send()
    return True


def _revoke(request: HttpRequest, invitation: StaffInvitation) -> bool:
    try:
        invitations.revoke(invitation)
    except InvitationOver:
        return False
    return True


def _confirm(request: HttpRequest, invitation: StaffInvitation) -> bool:
    try:
        invitations.confirm(invitation)
    except InvitationOver:
        return False
    return True


def _gives_no_more(request: HttpRequest, invitation: StaffInvitation) -> bool:
    """Returns whether this staff user could give the same roles for the same billers."""
    return invitations.is_still_given(invitation) and invitations.may_invite(
        staff_user(request), invitation.roles.all(), _all_billers(invitation)
    )


def _all_billers(invitation: StaffInvitation) -> QuerySet[Biller]:
    """Returns all billers, including those that the list hides from this staff user."""
    return Biller.objects.filter(staff_invitations=invitation)


def _facts(invitation: StaffInvitation) -> list[tuple[str | Promise, str]]:
    person = invitation.person
    works = ", ".join(str(biller) for biller in person.billers.all()) if person else ""
    has = ", ".join(roles.name_of(group) for group in person.groups.all()) if person else ""
    given = ", ".join(roles.name_of(group) for group in invitation.roles.all())
    return [
        (_("works for"), works or "–"),
        (_("roles now"), has or "–"),
        (_("invited to"), ", ".join(str(biller) for biller in invitation.billers.all())),
        (_("roles of the invitation"), given or "–"),
    ]


RESEND = ObjectAction[StaffInvitation](
    slug="resend",
    permission="accounts.change_staffinvitation",
    label=_("Send again"),
    consequence=_("A new link goes to the same address. The one before stops working."),
    event=Event.MAIL_SENT,
    applies_to=lambda invitation: invitation.is_open,
    perform=_resend,
    is_allowed=_gives_no_more,
)
REVOKE = ObjectAction[StaffInvitation](
    slug="revoke",
    permission="accounts.change_staffinvitation",
    label=_("Revoke"),
    consequence=_("The link in the email stops working. You can invite this person again."),
    event=None,
    applies_to=lambda invitation: invitation.is_open or invitation.waits_for_superuser,
    perform=_revoke,
)
# For superusers: no role has this permission.
CONFIRM = ObjectAction[StaffInvitation](
    slug="confirm",
    permission="accounts.delete_staffinvitation",
    label=_("Give access"),
    consequence=_(
        "This person works for other billers too, and roles hold for all billers that somebody "
        "works for. They will have both the roles they have now and those of the invitation, at "
        "every biller."
    ),
    event=None,
    applies_to=lambda invitation: invitation.waits_for_superuser,
    perform=_confirm,
    facts=_facts,
)


@admin.register(StaffInvitation)
class StaffInvitationAdmin(
    ObjectActionsModelAdmin[StaffInvitation], LargeListModelAdmin[StaffInvitation]
):
    filled_by = _("Invite the people who work here. Each gets an email with a link.")
    job = Job.SETUP
    biller_path = ""
    operations = ("view", "add")
    object_actions = (RESEND, REVOKE, CONFIRM)
    form = InvitationForm
    list_display = ("email", "state", "role_names", "some_billers", "link_sent_at", "invited_by")
    list_select_related = ("invited_by",)
    search_fields = ("email",)
    search_help_text = _("Email")
    fields = ("email", "roles", "billers", "language")
    add_label = _("Invite a person")
    add_form_template = "admin/accounts/staffinvitation/add.html"
    exclude = ("link_digest",)

    def get_fields(self, request: HttpRequest, obj: StaffInvitation | None = None) -> Any:
        if obj is None:
            return self.fields
        return (
            *("email", "state", "role_names", "biller_names", "invited_by", "invited_at"),
            *("link_sent_at", "accepted_at", "confirmed_at", "revoked_at"),
        )

    def get_readonly_fields(
        self, request: HttpRequest, obj: StaffInvitation | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else tuple(self.get_fields(request, obj))

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffInvitation]:
        own = Biller.objects.filter(pk__in=billers_of(request))
        shown = Prefetch("billers", queryset=own)
        return super().get_queryset(request).prefetch_related(shown, "roles")

    def within(
        self, rows: QuerySet[StaffInvitation], billers: QuerySet[Biller]
    ) -> QuerySet[StaffInvitation]:
        """Returns the invitations to at least one of these billers."""
        to = StaffInvitation.billers.through.objects.filter(biller__in=billers)
        return rows.filter(pk__in=to.values("staffinvitation"))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filters must not reveal which other billers a person is invited to."""
        if lookup.split("__", maxsplit=1)[0] in {"billers", "person", "invited_by"}:
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.giver, form.request = staff_user(request), request
        return form

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.update(widget=forms.CheckboxSelectMultiple, help_text="")
        if db_field.name == "roles":
            kwargs["queryset"] = roles.given_by(staff_user(request))
            field: Any = super().formfield_for_manytomany(
                db_field, request, **kwargs, required=True
            )
            field.label_from_instance = roles.described
            return field
        kwargs.update(queryset=billers_of(request), required=True)
        if billers_of(request)[:2].count() == 1:
            kwargs["initial"] = list(billers_of(request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(
                label=_("Language of the email"),
                choices=settings.LANGUAGES,
                initial=_language_of(request),
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: StaffInvitation, form: Any, change: bool
    ) -> None:
        obj.invited_by = staff_user(request)
        given = {name: form.cleaned_data[name] for name in ("roles", "billers")}
        transaction.on_commit(invitations.invite(request, obj, **given))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Does nothing: `save_model` has saved roles and billers, because the email names the
        billers."""

    def response_add(
        self, request: HttpRequest, obj: StaffInvitation, post_url_continue: str | None = None
    ) -> HttpResponse:
        words = _("We've sent an invitation to %(email)s. Its link works for %(life)s.")
        messages.success(
            request, words % {"email": obj.email, "life": in_words(StaffInvitation.LIFE)}
        )
        return redirect("admin:accounts_staffinvitation_changelist")

    @admin.display(description=_("state"))
    def state(self, invitation: StaffInvitation) -> str:
        return str(invitation.state)

    @admin.display(description=_("roles"))
    def role_names(self, invitation: StaffInvitation) -> str:
        return ", ".join(roles.name_of(group) for group in invitation.roles.all()) or "–"

    @admin.display(description=_("billers"))
    def some_billers(self, invitation: StaffInvitation) -> str:
        return first_billers(invitation.billers.all())

    @admin.display(description=_("billers"))
    def biller_names(self, invitation: StaffInvitation) -> str:
        return ", ".join(str(biller) for biller in invitation.billers.all())


def _language_of(request: HttpRequest) -> str:
    return str(getattr(request, "LANGUAGE_CODE", "en"))
