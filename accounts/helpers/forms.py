"""The forms of helpers: whom to invite, what they may do, until when."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import NewPasswordForm, email_field
from accounts.linked_accounts.listing import Asked, found
from accounts.models import Helper, LinkedAccount, Member
from accounts.models.helpers.models import MOST_ACCOUNTS, Right
from accounts.passwords.validators import Owner
from backoffice.bidi import isolated
from icsso.billers.models import Biller

LONGEST = timedelta(days=2 * 366)
AS_A_RULE = timedelta(days=365)
RIGHTS = (
    (Right.VIEW, _("See balance and receipts")),
    (Right.PAY, _("See and pay")),
)
ISO, US = "%Y-%m-%d", "%m/%d/%Y"


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
        input_formats=[ISO, US],
        widget=forms.DateInput(attrs={"type": "date"}, format=ISO),
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
        return _is_key(value) or super().valid_value(value)


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
        self,
        *args: Any,
        member: Member,
        chosen: Sequence[str] = (),
        has_more: bool = False,
        q: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.q, self.found = q, found(member, Asked(q=q), waiting=()) if q else None
        sent = self.data.getlist("account") if self.is_bound else []  # type: ignore[attr-defined]
        keys = [int(key) for key in (*chosen, *sent)[: self.MORE] if _is_key(key)]
        self.member, self.links = member, list[LinkedAccount]()
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["email"].label = _("Your helper's email")
        what_to_do = _("Enter your helper's email address, like name@example.com.")
        self.fields["email"].error_messages |= {"required": what_to_do, "invalid": what_to_do}
        links = member.links.select_related("account")
        first = list(links.filter(account__in=keys)) if keys else []
        others = (links if self.found is None else self.found).exclude(
            pk__in=[link.pk for link in first]
        )
        self.offered = [*first, *others[: self.MORE if has_more or q else self.OFFERED]]
        self.number = member.links.count()
        choices = [(str(link.account_id), _named(link)) for link in self.offered]
        number = 0 if self.found is None else self.found.count()
        self.finds_nothing = bool(q) and not number
        if 1 < number <= MOST_ACCOUNTS:
            those = _("All %(number)d that match “%(words)s”")
            words = those % {"number": number, "words": isolated(q)}
            choices.insert(0, (f"{self.FOUND}{number}", words))
        elif self.found is None and 1 < self.number <= MOST_ACCOUNTS:
            every = _("All my accounts (%(number)d)") % {"number": self.number}
            choices.insert(0, (self.ALL, every))
        self.fields["account"].choices = choices  # type: ignore[attr-defined]
        self.fields["account"].initial = [str(link.account_id) for link in first]
        if self.number == 1:  # nothing to choose from
            del self.fields["account"]

    @property
    def is_cut(self) -> bool:
        return self.number > len(self.offered)

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
        links = self.member.links.select_related("account")
        if "account" not in self.fields or self.ALL in keys:
            self.links = list(links[:MOST_ACCOUNTS])
            return data
        checked = [int(key) for key in keys if _is_key(key)]
        mine = links.filter(account__in=checked)
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


def _is_key(value: str) -> bool:
    """Returns whether it may be a primary key: the database accepts no longer ones."""
    return value.isdecimal() and len(value) <= 18


def _named(link: LinkedAccount) -> str:
    return f"{isolated(link.title)} · {link.account.account_number}"
