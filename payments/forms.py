"""What is asked before a payment page opens."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import LinkedAccount, User, UtilityAccount
from accounts.proof import ProofForm
from icsso.contract import PayingCustomer
from icsso.models import Biller
from payments.checkouts import Order
from payments.models import Checkout


class GuestForm(ProofForm):
    """The account number, and the proof if the biller asks guests for it."""

    MISMATCH = _(
        "We could not find an account with these details. Check the account number on your bill "
        "and try again."
    )

    def __init__(self, *args: Any, biller: Biller, **kwargs: Any) -> None:
        super().__init__(*args, biller=biller, asks_proof=biller.guests_prove, **kwargs)

    def order(self, *, visitor: str) -> Order:
        assert self.account  # noqa: S101  (asked for when the form is valid)
        return Order(
            account=self.account,
            kind=Checkout.Kind.GUEST,
            visitor=visitor,
            customer=_customer(
                self.account, name="name" in self.fields, address="zip" in self.fields
            ),
        )


class LinkedAccountField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        link: LinkedAccount = obj
        named = link.nickname or link.account.address or link.account.name
        return f"{named} · {link.account.account_number}"


class QuickPayForm(forms.Form):
    """One of the member's linked accounts."""

    account = LinkedAccountField(
        label=_("Account"),
        queryset=LinkedAccount.objects.none(),
        to_field_name="account_id",
        empty_label=None,
        error_messages={"invalid_choice": _("Choose one of your accounts.")},
    )

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        links = member.links.select_related("account")
        self.fields["account"].queryset = links  # type: ignore[attr-defined]

    def order(self, *, token: str) -> Order:
        account: UtilityAccount = self.cleaned_data["account"].account
        return Order(
            account=account,
            kind=Checkout.Kind.QUICK,
            visitor=f"member:{self.member.pk}",
            customer=_customer(account, name=True, address=True),
            member=self.member,
            token=token,
        )


def _customer(account: UtilityAccount, *, name: bool, address: bool) -> PayingCustomer:
    """What was proved and nothing else: a name shown by a name, an address by its ZIP code.

    The design document's sample has the name alone, which is what a guest's name proves.
    """
    return PayingCustomer(
        account_number=account.account_number,
        name=account.name if name else None,
        address=(account.address or None) if address else None,
        city=(account.city or None) if address else None,
        state=(account.state or None) if address else None,
        zip=(account.zip or None) if address else None,
    )
