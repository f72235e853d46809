"""Forms about passkeys."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.mfa.forms import TwoStepForm, answer_field
from accounts.models import Passkey
from backoffice.devices import browser_of, system_of


class SureForm(TwoStepForm):
    """Asks for the password and, where two-step verification is on, a code or a passkey."""

    def __init__(self, *args: Any, has_two_step: bool, **kwargs: Any) -> None:
        super().__init__(*args, by_passkey=has_two_step, **kwargs)
        if not has_two_step:
            del self.fields["code"]


class PasskeySecondStepForm(TwoStepForm):
    """Asks for the password and a passkey, which is the second step from then on."""

    NEEDED = _("Use your passkey to go on.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, by_passkey=True, **kwargs)
        del self.fields["code"]

    def clean_passkey(self) -> str:
        answer: str = self.cleaned_data["passkey"]
        if not answer:
            self.add_error(None, self.NEEDED)
        return answer


class NameForm(forms.ModelForm[Passkey]):
    class Meta:
        model = Passkey
        fields = ["name"]
        labels = {"name": _("Name")}
        help_texts = {"name": _("So you can tell your passkeys apart.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}
        error_messages = {"name": {"required": _("Enter a name, like “My phone.”")}}


class NewPasskeyForm(NameForm):
    passkey = answer_field()

    def refuse(self, words: Any) -> None:
        self.add_error(None, words)


def usual_name(request: HttpRequest) -> str:
    """Returns a name that the owner of this device is likely to recognize."""
    user_agent = request.headers.get("User-Agent", "")
    return system_of(user_agent) or browser_of(user_agent) or gettext("My passkey")
