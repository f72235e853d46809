"""TODO."""

from typing import Any
from django import forms
from django.utils.translation import gettext_lazy as _
from payments.models.review_decision import ReviewDecision
from payments.postbacks.card_numbers import masked


class SearchForm(forms.Form):
    term = forms.CharField(
        label=_("Account number, name, e-mail, biller reference or PaymentGUID"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
