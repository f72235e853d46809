"""Forms for changing an email or password."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import NewPasswordForm, email_field, password_field
from accounts.login.forms import checked_password
from accounts.models import Member
from accounts.passwords.validators import Owner
from icsso.client.parsing import email_address


class EmailForm(forms.Form):
    email = email_field(is_new=True)

    def clean_email(self) -> str:
        return email_address(self.cleaned_data["email"])


class MemberPasswordForm(NewPasswordForm):
    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = _owner(member)


class ChangePasswordForm(MemberPasswordForm):
    current = password_field(_("Current password"))
    field_order = ("current", "password")

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        self.member = member
        self.fields["password"].label = _("New password")

    def clean_current(self) -> str:
        return checked_password(self.cleaned_data["current"], self.member)

    def clean_password(self) -> str:
        password = super().clean_password()
        if password == self.cleaned_data.get("current"):
            raise ValidationError(_("That's already your password. Choose a different one."))
        return password


class ChangeEmailForm(EmailForm):
    current = password_field(_("Current password"))
    field_order = ("email", "current")

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["email"].label = _("New email")
        self.fields["email"].widget.attrs["autocomplete"] = "email"

    def clean_email(self) -> str:
        email = super().clean_email()
        if email == self.member.email:
            raise ValidationError(_("That's already your email."))
        return email

    def clean_current(self) -> str:
        return checked_password(self.cleaned_data["current"], self.member)


class OwnPasswordForm(forms.Form):
    """Asks for the password before something that a stranger at an unlocked phone must not do."""

    current = password_field(_("Password"))

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_current(self) -> str:
        return checked_password(self.cleaned_data["current"], self.member)


class CloseForm(OwnPasswordForm):
    understood = forms.BooleanField(
        label=_("I know that this can't be undone"),
        error_messages={"required": _("Check the box to close your online account.")},
    )


def _owner(member: Member) -> Owner:
    name = member.links.values_list("account__name", flat=True).first()
    biller = member.biller
    return Owner(member.email, name or "", biller.name if biller else "")
