"""The forms before a payment page opens."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts.proof import ProofForm
from accounts.models import LinkedAccount, Member, UtilityAccount
from backoffice.bidi import isolated
from icsso.billers.models import Biller
from icsso.client.contract import PayingCustomer
from payments.checkout.services import CheckoutRequest
from payments.models import Checkout


class GuestForm(ProofForm):
    """The account number, and the proof if the biller requires it from guests."""

    MISMATCH = _(
        "We couldn't find an account that matches. Check the account number on your bill and "
        "try again."
    )

    def __init__(self, *args: Any, biller: Biller, **kwargs: Any) -> None:
        super().__init__(*args, biller=biller, asks_proof=biller.guests_prove, **kwargs)

    def checkout_request(self, *, visitor: str) -> CheckoutRequest:
        assert self.account  # noqa: S101  (called on a valid form)
        return CheckoutRequest(
            account=self.account,
            kind=Checkout.Kind.GUEST,
            visitor=visitor,
            customer=_customer(
                self.account, name="name" in self.fields, address="zip" in self.fields
            ),
        )


class QuickPayForm(forms.Form):
    """One of the member's linked accounts. A property manager has thousands, so only a few are
    offered, including the one chosen on another page. Any linked account is accepted."""

    OFFERED = 20

    account = forms.IntegerField(
        label=_("Account"),
        min_value=1,
        max_value=models.BigAutoField.MAX_BIGINT,
        widget=forms.Select,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("Choose one of your accounts.")
        ),
    )

    def __init__(self, *args: Any, member: Member, chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        pk = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0
        self.initial["account"] = pk
        links = member.links.select_related("account__biller")
        self.links = list(links.filter(account_id=pk))
        others = list(links.exclude(account_id=pk)[: self.OFFERED + 1])
        self.links += others[: self.OFFERED]
        self.is_cut = len(others) > self.OFFERED
        choices = [(link.account_id, _named(link)) for link in self.links]
        self.fields["account"].widget = forms.Select(choices=choices)

    def clean_account(self) -> UtilityAccount:
        links = self.member.links.select_related("account__biller")
        link = links.filter(account_id=self.cleaned_data["account"]).first()
        if link is None:
            raise ValidationError(_("Choose one of your accounts."), code="not_linked")
        return link.account

    def checkout_request(self, *, token: str) -> CheckoutRequest:
        account: UtilityAccount = self.cleaned_data["account"]
        return CheckoutRequest(
            account=account,
            kind=Checkout.Kind.QUICK,
            visitor=f"member:{self.member.pk}",
            customer=_customer(account, name=True, address=True),
            member=self.member,
            token=token,
        )


def _named(link: LinkedAccount) -> str:
    return f"{isolated(link.title)} · {link.account.account_number}"


def _customer(account: UtilityAccount, *, name: bool, address: bool) -> PayingCustomer:
    """Returns only what was proved: the name for a matching name, the address for a ZIP code.

    The design document's sample has only the name, which is what a guest's name proves.
    """
    return PayingCustomer(
        account_number=account.account_number,
        name=account.name if name else None,
        address=(account.address or None) if address else None,
        city=(account.city or None) if address else None,
        state=(account.state or None) if address else None,
        zip=(account.zip or None) if address else None,
    )
