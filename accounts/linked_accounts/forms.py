"""Forms for members' accounts."""

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import LinkedAccount
from icsso.client.parsing import plain_number


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Search by account number, name, or address"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def matching(self, links: QuerySet[LinkedAccount]) -> QuerySet[LinkedAccount]:
        """Returns the links whose account contains every word."""
        words = self.cleaned_data["q"].split() if self.is_valid() else []
        for word in words:
            number = plain_number(word)
            links = links.filter(
                Q(nickname__icontains=word)
                | Q(account__account_number__icontains=word)
                | (Q(account__number_key__contains=number) if number else Q())
                | Q(account__name__icontains=word)
                | Q(account__address__icontains=word)
            )
        return links


class NicknameForm(forms.ModelForm[LinkedAccount]):
    class Meta:
        model = LinkedAccount
        fields = ["nickname"]
        labels = {"nickname": _("Nickname for this account")}
        help_texts = {
            "nickname": _("For example, “Home” or “Shop.” Leave it blank to show the address.")
        }
        widgets = {"nickname": forms.TextInput(attrs={"autocomplete": "off"})}
