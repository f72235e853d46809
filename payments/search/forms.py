"""What a staff user enters to look for a payment."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchForm(forms.Form):
    term = forms.CharField(
        label=_("Account number, name, email, biller reference, or PaymentGUID"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
