"""Forms for members' accounts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import LinkedAccount


class NicknameForm(forms.ModelForm[LinkedAccount]):
    class Meta:
        model = LinkedAccount
        fields = ["nickname"]
        labels = {"nickname": _("Nickname for this account")}
        help_texts = {
            "nickname": _("For example, “Home” or “Shop.” Leave it blank to show the address.")
        }
        widgets = {"nickname": forms.TextInput(attrs={"autocomplete": "off"})}
