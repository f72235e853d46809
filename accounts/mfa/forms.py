"""Forms that ask for a two-step verification code."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.fields import password_field
from accounts.login.forms import checked_password
from accounts.models import Member

# What a phone shows for a code of six digits: the keyboard for numbers, and the code it knows. No
# pattern: the browser would refuse a recovery code before our own words could help.
OF_DIGITS = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "spellcheck": "false",
}
OF_LETTERS = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


PASSKEY_REFUSED = _(
    "That passkey didn't work. It may have been removed, or the page was open for too long. Try "
    "again."
)


class AnswerInput(forms.HiddenInput):
    """Never shows what was submitted: an answer works only once, and the next time the member may
    type a code instead."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


def answer_field() -> forms.CharField:
    """Holds the browser's answer about a passkey, as JSON."""
    attrs = {"data-passkey-answer": True, "autocomplete": "off"}
    return forms.CharField(required=False, widget=AnswerInput(attrs=attrs))


class CodeForm(forms.Form):
    """Asks for a two-step verification code.

    recovery: whether the person wants to type a recovery code, which has letters. Whatever is
    typed, either kind is accepted. by_passkey: whether the proof of a passkey will do instead of a
    code; a script puts it into its field.
    """

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs=OF_DIGITS),
        error_messages={"required": _("Enter the code your app shows.")},
    )

    def __init__(
        self, *args: Any, recovery: bool = False, by_passkey: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.recovery = recovery
        if by_passkey:
            self.fields["passkey"] = answer_field()
            self.fields["code"].required = not self.data.get("passkey")
        if recovery:
            field = self.fields["code"]
            field.label, field.widget = _("Recovery code"), forms.TextInput(attrs=OF_LETTERS)
            field.error_messages["required"] = _("Enter one of your recovery codes.")

    def refuse(self) -> None:
        if self.cleaned_data.get("passkey"):
            self.add_error(None, PASSKEY_REFUSED)
            return
        words = _(
            "That code is wrong or was already used. Wait for your app to show a new one, "
            "then try again."
        )
        if self.recovery:
            words = _("That code is wrong or was already used. Check it, or use another one.")
        self.add_error("code", words)


class TwoStepForm(CodeForm):
    """Asks for the password and a code: to set up the app, or to change something later."""

    current = password_field(_("Current password"))
    field_order = ("current", "code")  # the code last, because it expires quickly

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_current(self) -> str:
        return checked_password(self.cleaned_data["current"], self.member)


def wants_recovery(request: HttpRequest) -> bool:
    """Returns whether the page was opened by the link to type a recovery code."""
    return "recovery" in request.GET
