"""What a customer writes to sign in, to register, and to choose a password."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Registration, User
from accounts.passwords import Owner
from accounts.proof import ProofForm
from icsso.models import Biller


def _email_field() -> forms.EmailField:
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    what_to_do = _("Enter your e-mail address, like name@example.com.")
    return forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs=attributes),
        error_messages={"required": what_to_do, "invalid": what_to_do},
    )


def _password_field(
    label: Any, *, autocomplete: str = "current-password", help_text: Any = ""
) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label,
        help_text=help_text,
        strip=False,
        widget=widget,
        error_messages={"required": _("Enter a password.")},
    )


def _new_password_field() -> forms.CharField:
    return _password_field(
        _("Choose a password"),
        autocomplete="new-password",
        help_text=_("At least 12 characters. Several words with spaces are easy to remember."),
    )


class SignInForm(forms.Form):
    WRONG = _("That e-mail and password do not match. Try again or reset your password.")

    username = _email_field()
    password = _password_field(_("Password"))

    def __init__(self, *args: Any, request: HttpRequest, biller: Biller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.biller = request, biller
        self.member: User | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"username", "password"} <= data.keys():
            self.member = authenticate(
                self.request,
                username=data["username"],
                password=data["password"],
                biller=self.biller,
            )
            if self.member is None:
                raise ValidationError(self.WRONG, code="wrong")
        return data


class PasswordForm(forms.Form):
    """The password of somebody we know already. The view checks it."""

    WRONG = _("That password does not match. Try again or reset it.")

    password = _password_field(_("Password"))

    def refuse(self, words: Any = "") -> None:
        self.add_error("password", words or self.WRONG)


class CodeForm(forms.Form):
    """Of the second factor."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Enter the code that your app shows.")},
    )

    def refuse(self) -> None:
        words = _(
            "This code is not right, or was used before. Wait until your app shows a new one."
        )
        self.add_error("code", words)


class TwoStepForm(CodeForm):
    """The password and a code: at first of the new app, then to change something about it."""

    current = _password_field(_("Current password"))
    field_order = ("current", "code")  # a code does not wait for who types slowly

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_current(self) -> str:
        return _checked(self.cleaned_data["current"], self.member)


class EmailForm(forms.Form):
    email = _email_field()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class NewPasswordForm(forms.Form):
    password = _new_password_field()

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = _owner(member)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.owner)  # type: ignore[arg-type]
        return password


class ChangePasswordForm(NewPasswordForm):
    current = _password_field(_("Current password"))
    field_order = ("current", "password")

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        self.member = member
        self.fields["password"].label = _("New password")

    def clean_current(self) -> str:
        return _checked(self.cleaned_data["current"], self.member)

    def clean_password(self) -> str:
        password = super().clean_password()
        if password == self.cleaned_data.get("current"):
            raise ValidationError(_("This is your password already. Choose another one."))
        return password


class ChangeEmailForm(EmailForm):
    current = _password_field(_("Current password"))
    field_order = ("email", "current")

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["email"].label = _("New e-mail")
        self.fields["email"].widget.attrs["autocomplete"] = "email"

    def clean_email(self) -> str:
        email = super().clean_email()
        if email == self.member.email:
            raise ValidationError(_("This is your e-mail already."))
        return email

    def clean_current(self) -> str:
        return _checked(self.cleaned_data["current"], self.member)


class RegistrationForm(ProofForm):
    """One page, one e-mail and one password field, with what was written kept after an error."""

    email = _email_field()
    password = _new_password_field()
    field_order = ("account_number", "name", "zip", "email", "password")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "password" in data:
            owner = Owner(data.get("email", ""), data.get("name", ""), self.biller.name)
            try:
                validate_password(data["password"], owner)  # type: ignore[arg-type]
            except ValidationError as error:
                self.add_error("password", error)
        return data


def registration_form(
    data: Any, *, biller: Biller, before: Registration | None
) -> RegistrationForm:
    """before: what this visitor asked for a moment ago, maybe with a wrong address."""
    initial = {}
    if before:
        initial = {"account_number": before.account.account_number, "email": before.email}
    return RegistrationForm(data, biller=biller, initial=initial)


def _owner(member: User) -> Owner:
    name = member.links.values_list("account__name", flat=True).first()
    biller = member.biller
    return Owner(member.email, name or "", biller.name if biller else "")


def _checked(password: str, member: User) -> str:
    # Not the user's own method: that would renew the hash, and so end this session.
    if not check_password(password, member.password):
        raise ValidationError(PasswordForm.WRONG)
    return password
