"""The forms before a payment page opens."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.helpers.payable import Payable, helped_by, payable
from accounts.linked_accounts.proof import ProofForm, proof_of, proves
from accounts.models import Member, UtilityAccount
from icsso.billers.models import Biller
from icsso.client.contract import PayingCustomer
from payments.checkout.services import CheckoutRequest
from payments.checkout.several import listed
from payments.models import Checkout
from payments.models.checkout_account import MOST_ACCOUNTS

KEY = forms.IntegerField(min_value=1, max_value=models.BigAutoField.MAX_BIGINT)
NOT_YOURS = _("Choose one of your accounts.")


class GuestForm(ProofForm):
    """The account number, and the proof if the biller requires it from guests."""

    MISMATCH = _(
        "We couldn't find an account that matches. Check the account number on your bill and "
        "try again."
    )

    def __init__(
        self, *args: Any, biller: Biller, chosen: UtilityAccount | None = None, **kwargs: Any
    ) -> None:
        """chosen: the account, if a pay link or an earlier payment names it."""
        super().__init__(*args, biller=biller, asks_proof=biller.guests_prove, **kwargs)
        self.chosen = chosen
        if chosen:
            del self.fields["account_number"]

    def find(self, given: dict[str, str]) -> UtilityAccount | None:
        if self.chosen is None:
            return super().find(given)
        if not self.asks_proof:
            return self.chosen
        return self.chosen if proves(self.chosen, proof_of(self.chosen), **given) else None

    def named(self, given: dict[str, str]) -> UtilityAccount | None:
        return self.chosen or super().named(given)

    def checkout_request(self, *, visitor: str) -> CheckoutRequest:
        assert self.account  # noqa: S101  (called on a valid form)
        return CheckoutRequest(
            accounts=[self.account],
            kind=Checkout.Kind.GUEST,
            visitor=visitor,
            customers=[
                _customer(self.account, name="name" in self.fields, address="zip" in self.fields)
            ],
        )


class OneOrSeveral(forms.Select):
    """Offers one choice, and accepts several that were chosen on another page."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        chosen: list[str] = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return chosen


class AccountsField(forms.Field):
    """Primary keys, each once, in the order in which they were chosen."""

    widget = OneOrSeveral
    hidden_widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        """Raises ValidationError."""
        keys = list(dict.fromkeys(each for each in value or [] if each))
        if len(keys) > MOST_ACCOUNTS:
            many = _("Choose at most %(most)d accounts at once.") % {"most": MOST_ACCOUNTS}
            raise ValidationError(many, code="many")
        try:
            return [KEY.clean(each) for each in keys]
        except ValidationError:
            raise ValidationError(NOT_YOURS, code="invalid") from None


class QuickPayForm(forms.Form):
    """One or several accounts that the member may pay. A property manager has thousands, so only a
    few are offered, including those chosen on another page. Any such account is accepted."""

    OFFERED = 20

    account = AccountsField(label=_("Account"))

    def __init__(
        self, *args: Any, member: Member, chosen: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        # Those that were chosen and may be paid, even if others may not.
        self.chosen: list[Payable] = []
        keys = [int(key) for key in chosen if key.isdecimal() and len(key) < 19][:1]
        self.initial["account"] = keys
        links = member.links.select_related("account__biller")
        # Accounts in the URL, which are selected in the form.
        self.at_hand = list(payable(member, keys).values()) if keys else []
        self.offered = list(self.at_hand)
        others = [Payable(link) for link in links.exclude(account_id__in=keys)[: self.OFFERED + 1]]
        self.is_cut = len(others) > self.OFFERED
        self.offered += others[: self.OFFERED]
        helped = helped_by(member).exclude(link__account__in=keys).loaded()[: self.OFFERED + 1]
        self.is_cut = self.is_cut or len(helped) > self.OFFERED
        self.offered += [Payable(each.link, each) for each in helped[: self.OFFERED]]
        choices = [(each.account.pk, each.name) for each in self.offered]
        self.fields["account"].widget = OneOrSeveral(choices=choices)

    def clean_account(self) -> list[UtilityAccount]:
        keys = self.cleaned_data["account"]
        by_key = payable(self.member, keys)
        self.chosen = [by_key[key] for key in keys if key in by_key]
        if len(by_key) < len(keys):
            raise ValidationError(NOT_YOURS, code="not_linked")
        return [each.account for each in self.chosen]

    def checkout_request(self, *, token: str) -> CheckoutRequest:
        """With an account of another member, Invoice Cloud gets neither the payer's token, which
        would offer to save the account with their login, nor more than the account's number."""
        owners = {
            each.account.pk: each.helped.helper.owner_id for each in self.chosen if each.helped
        }
        return CheckoutRequest(
            accounts=[each.account for each in self.chosen],
            kind=Checkout.Kind.QUICK,
            visitor=f"member:{self.member.pk}",
            customers=[
                _customer(each.account, name=not each.helped, address=not each.helped)
                for each in self.chosen
            ],
            owed=self._owed() if len(self.chosen) > 1 else {},
            member=self.member,
            owners=owners,
            token="" if owners else token,
        )

    def _owed(self) -> dict[int, Decimal]:
        return listed(self.chosen, biller=self.member.biller).owed


def _customer(account: UtilityAccount, *, name: bool, address: bool) -> PayingCustomer:
    """Returns only what was proved: the name for a matching name, the address for a ZIP code.

    The design document's sample contains only the name, which is what a guest's name proves.
    """
    return PayingCustomer(
        account_number=account.account_number,
        name=account.name if name else None,
        address=(account.address or None) if address else None,
        city=(account.city or None) if address else None,
        state=(account.state or None) if address else None,
        zip=(account.zip or None) if address else None,
    )
