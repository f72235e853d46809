"""The forms of helpers: whom to invite, what they may do, until when."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import NewPasswordForm, email_field
from accounts.linked_accounts.listing import Asked, found
from accounts.models import Helper, LinkedAccount, Member
from accounts.models.helpers.models import MOST_ACCOUNTS, Right
from accounts.models.linked_account import LinkedAccountQuerySet
from accounts.passwords.validators import Owner
from backoffice.bidi import isolated
from backoffice.zones import DayInput
from icsso.billers.models import Biller

LONGEST = timedelta(days=2 * 366)
AS_A_RULE = timedelta(days=365)
RIGHTS = (
    (Right.VIEW, _("See balance and receipts")),
    (Right.PAY, _("See and pay")),
)


class TermsForm(forms.Form):
    """What a helper may do, and until when."""

    right = forms.ChoiceField(
        label=_("What can they do?"),
        choices=RIGHTS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what they can do.")},
    )
    ends_on = forms.DateField(
        label=_("Last day of access"),
        widget=DayInput,
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )

    def __init__(self, *args: Any, biller: Biller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = biller.today()
        self.fields["right"].initial = Right.VIEW
        self.fields["ends_on"].initial = self.today + AS_A_RULE

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        if not self.today <= day <= self.today + LONGEST:
            raise ValidationError(_("Choose a day from today to two years from now."))
        return day


class AccountsField(forms.MultipleChoiceField):
    """Accepts any number: the form checks whose accounts they are."""

    def valid_value(self, value: Any) -> bool:
        return is_key(value) or super().valid_value(value)


class InviteForm(TermsForm):
    """Whom to invite, and to which accounts. A property manager has thousands, so only a few are
    offered, and all of them as one choice. Any account of the member is accepted.

    chosen: accounts (primary keys) that are offered first and are checked. has_more: whether many
    are offered. q: the member's search, as in their list: only matches are offered, and all of them
    as one choice, which shows the number, so that nothing is included unseen.
    """

    OFFERED, MORE = 20, 1000
    ALL, FOUND = "all", "found-"

    email = email_field(is_new=True)
    account = AccountsField(
        label=_("Which accounts?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one account.")},
    )
    field_order = ("email", "account", "right", "ends_on")

    def __init__(
        self, *args: Any, member: Member, chosen: list[str], has_more: bool, q: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.q, self.has_more = member, q, has_more
        self.linked, self.links = member.links.select_related("account"), list[LinkedAccount]()
        self.number = self.linked.count()
        self.found = found(member, Asked(q=q), waiting=()) if q else None
        self.number_found = 0 if self.found is None else self.found.count()
        self.finds_nothing = bool(q) and not self.number_found
        self.has_many = bool(q) or self.number > self.OFFERED  # they are chosen first
        email, account = self.fields["email"], self.fields["account"]
        email.widget.attrs["autocomplete"] = "off"
        email.label = _("Your helper's email")
        what_to_do = _("Enter your helper's email address, like name@example.com.")
        email.error_messages |= {"required": what_to_do, "invalid": what_to_do}
        first = self._checked(chosen)
        offered = [*first, *self._others(first)]
        self.is_cut = self.number > len(offered)
        choices = [(str(link.account_id), _named(link)) for link in offered]
        account.choices = [*self._all_as_one(), *choices]  # type: ignore[attr-defined]
        account.initial = [str(link.account_id) for link in first]
        if self.number == 1:  # nothing to choose from
            del self.fields["account"]

    def _checked(self, chosen: list[str]) -> list[LinkedAccount]:
        sent = self.data.getlist("account") if self.is_bound else []  # type: ignore[attr-defined]
        keys = [int(key) for key in (*chosen, *sent)[: self.MORE] if is_key(key)]
        return list(self.linked.filter(account__in=keys)) if keys else []

    def _others(self, first: list[LinkedAccount]) -> LinkedAccountQuerySet:
        those = self.linked if self.found is None else self.found
        others = those.exclude(pk__in=[link.pk for link in first])
        return others[: self.MORE if self.has_more or self.q else self.OFFERED]

    def _all_as_one(self) -> list[tuple[str, str]]:
        if 1 < self.number_found <= MOST_ACCOUNTS:
            those = _("All %(number)d that match “%(words)s”")
            words = those % {"number": self.number_found, "words": isolated(self.q)}
            return [(f"{self.FOUND}{self.number_found}", words)]
        if self.found is None and 1 < self.number <= MOST_ACCOUNTS:
            return [(self.ALL, _("All my accounts (%(number)d)") % {"number": self.number})]
        return []

    @property
    def checked(self) -> list[str]:
        """Returns what the page says of the accounts that are checked."""
        keys = self["account"].value() or ()
        return [label for key, label in self.fields["account"].choices if key in keys]  # type: ignore[attr-defined]

    def keep_errors_of(self, name: str) -> None:
        for other in set(self.errors) - {name}:
            del self.errors[other]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self.member.email:
            raise ValidationError(_("This is your own email. Enter your helper's."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        keys = data.get("account", [])
        if "account" not in self.fields or self.ALL in keys:
            self.links = list(self.linked[:MOST_ACCOUNTS])
            return data
        checked = [int(key) for key in keys if is_key(key)]
        mine = self.linked.filter(account__in=checked)
        if len(mine) < len(set(checked)):
            words = _("One of these accounts is no longer linked to you. Choose again.")
            self.add_error("account", words)
        if self.found is not None and any(key.startswith(self.FOUND) for key in keys):
            # Accounts that were checked but don't match the search are shared as well.
            self.links = list({link.pk: link for link in (*mine, *self.found)}.values())
        else:
            self.links = list(mine)
        if len(self.links) > MOST_ACCOUNTS:
            self.add_error("account", too_many_accounts())
        return data


class JoinForm(NewPasswordForm):
    """A password, for an invited person without an online account."""

    def __init__(self, *args: Any, helper: Helper, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = Owner(helper.email, "", helper.owner.biller.name)


def too_many_accounts() -> str:
    return _("One person can help with at most %(most)d accounts.") % {"most": MOST_ACCOUNTS}


def is_key(value: str) -> bool:
    """Returns whether it may be a primary key: the database accepts no longer ones."""
    return value.isdecimal() and len(value) <= 18


def _named(link: LinkedAccount) -> str:
    return f"{isolated(link.title)}\N{NO-BREAK SPACE}· {link.account.account_number}"
