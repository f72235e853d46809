"""Proof that an account is the customer's: what the biller requires, compared with the CIS."""

from copy import deepcopy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts.names.accepted import NameProof, is_written
from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from icsso.client.parsing import zip_code

Proof = Biller.Proof


def find_account(
    *, biller: Biller, account_number: str, name: str = "", zip: str = "", required: bool = True
) -> UtilityAccount | None:
    """Returns the account with this number if the proof that the biller requires is right.

    required: False checks the number only (for guests of a biller that requires no more).
    """
    found = biller.accounts.for_number(account_number)
    if not required:
        return found
    # An unknown number takes just as long: the proof is compared with a made-up account.
    account = found or UtilityAccount(biller=biller, name="Nobody At All", zip="00000")
    return found if proves(account, proof_of(account), name=name, zip=zip) else None


def proof_of(account: UtilityAccount) -> Biller.Proof:
    """Returns what proves this account. A former customer knows its ZIP code: if the biller
    requires nothing else, the name is needed too."""
    wanted = Proof(account.biller.signup_proof)
    if wanted == Proof.ZIP and account.pk and account.customer_changes.exists():
        return Proof.BOTH
    return wanted


def proves(account: UtilityAccount, proof: Biller.Proof, *, name: str = "", zip: str = "") -> bool:
    """Returns whether the customer's entries are the proof that this account requires."""
    order = Biller.NameOrder(account.biller.name_order)
    proofs = {
        Proof.NAME: lambda: name_proves(name, account.name, order),
        Proof.ZIP: lambda: zip_proves(zip, account.zip),
        Proof.BOTH: lambda: both_prove(name, zip, account, order),
    }
    return proofs[proof]()


def name_proves(given: str, known: str, order: Biller.NameOrder = Biller.NameOrder.UNKNOWN) -> bool:
    """Returns whether `given` is the name in the CIS (`known`), or enough of it."""
    return NameProof(known, order).is_given_by(given)


def both_prove(name: str, zip: str, account: UtilityAccount, order: Biller.NameOrder) -> bool:
    """Returns whether name and ZIP code are right. A weak name counts as the CIS writes it."""
    is_right_name = name_proves(name, account.name, order) or is_written(name, account.name)
    return is_right_name and zip_proves(zip, account.zip)


def zip_proves(given: str, known: str) -> bool:
    """Compares the first five digits only: not everyone knows their ZIP+4."""
    wanted = zip_code(known)
    return bool(wanted) and zip_code(given, restores_zeros=False) == wanted


class AccountNumberField(forms.CharField):
    """A drawing of a bill under the field shows where the number is (`field.html`)."""

    has_drawing = True


class ProofForm(forms.Form):
    """Account number and the proof the biller requires. If valid, `account` is the account.

    asks_proof: False for guests of a biller that requires the number only.
    """

    MISMATCH = _("We couldn't find an account that matches. Check your bill and try again.")
    NAME_TOO = _(
        "This account has had another customer, so we need the name too. Enter it as it appears on "
        "the newest bill."
    )

    account_number = AccountNumberField(
        label=_("Account number"),
        error_messages={"required": _("Enter the account number from your bill.")},
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
    )
    name = forms.CharField(
        label=_("Name on your bill"),
        error_messages={"required": _("Enter the name as it appears on your bill.")},
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    zip = forms.CharField(
        label=_("ZIP code"),
        help_text=_("The ZIP code of the service address."),
        error_messages={"required": _("Enter the ZIP code of the service address.")},
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, biller: Biller, asks_proof: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.biller, self.asks_proof = biller, asks_proof
        self.account: UtilityAccount | None = None
        if biller.name_order:
            self.fields["name"].label = _("Last name or business name on your bill")
        # Shown if this form has asked for it before.
        has_name = bool(self.data.get(self.add_prefix("name"), "").strip())
        if not asks_proof or (self.proof == Proof.ZIP and not has_name):
            del self.fields["name"]
        if not asks_proof or self.proof == Proof.NAME:
            del self.fields["zip"]

    @property
    def proof(self) -> Biller.Proof:
        return Proof(self.biller.signup_proof)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        wanted = {"account_number", "name", "zip"} & set(self.fields)
        if wanted <= set(data):
            given = {field: data[field] for field in wanted}
            self.account = self.find(given)
            if self.account is None and self._lacks_name(given):
                self.fields["name"] = deepcopy(self.base_fields["name"])
                self.order_fields(["account_number", "name"])
                self.add_error("name", self.NAME_TOO)
            elif self.account is None:
                # One message for every mismatch, so that it doesn't reveal which part was wrong.
                for field in wanted:
                    self.fields[field].widget.attrs["aria-invalid"] = "true"
                raise ValidationError(self.MISMATCH, code="mismatch")
        return data

    def _lacks_name(self, given: dict[str, str]) -> bool:
        """Whether the ZIP code is right but not enough, although nothing else was asked for."""
        if "name" in self.fields or "zip" not in self.fields:
            return False
        account = self.named(given)
        return account is not None and zip_proves(given["zip"], account.zip)

    def named(self, given: dict[str, str]) -> UtilityAccount | None:
        """Returns the account that the proof is for."""
        return self.biller.accounts.for_number(given["account_number"])

    def find(self, given: dict[str, str]) -> UtilityAccount | None:
        return find_account(biller=self.biller, required=self.asks_proof, **given)


class ProveAgainForm(ProofForm):
    """The proof for an account that had another customer before.

    Its ZIP code has not changed and is known to the former customer: if the biller requires nothing
    else, the name is needed too.
    """

    MISMATCH = _("That doesn't match what we have. Check a recent bill and try again.")

    def __init__(self, *args: Any, account: UtilityAccount, **kwargs: Any) -> None:
        super().__init__(*args, biller=account.biller, **kwargs)
        del self.fields["account_number"]
        self.wanted = account

    @property
    def proof(self) -> Biller.Proof:
        return Proof.BOTH if super().proof == Proof.ZIP else super().proof

    def find(self, given: dict[str, str]) -> UtilityAccount | None:
        return self.wanted if proves(self.wanted, self.proof, **given) else None
