"""A postback for review compared with its checkout, field by field."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.templatetags.balance_words import dollars
from icsso.client.contract import PostbackField
from payments.models import Checkout, Postback
from payments.postbacks.parsing import NeedsReview, PostbackData, data_of

Field, Reason = PostbackField, Postback.Reason
Words = str | Promise


# Without these, no payment can be recorded, so missing ones are shown as differences.
REQUIRED = {Field.APPROVED, Field.PAYMENT_GUID, Field.PAYMENT_AMOUNT}


class Finding(TextChoices):
    SAME = "same", _("as expected")
    DIFFERENT = "different", _("different")
    UNREADABLE = "unreadable", _("cannot be read")
    SEVERAL = "several", _("several values")
    MISSING = "missing", _("missing")


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str  # Invoice Cloud's name for it
    value: str
    expected: Words
    finding: Finding

    @property
    def is_finding(self) -> bool:
        if self.finding == Finding.MISSING:
            return self.name in REQUIRED
        return self.finding != Finding.SAME

    @property
    def is_unread(self) -> bool:
        """Whether another wire profile may be what is missing."""
        return self.is_finding and self.finding != Finding.DIFFERENT


def compare(postback: Postback) -> list[Row]:
    """Returns the fields that decide whether a postback is believed, in the order of the checks."""
    data, checkout = data_of(postback), postback.checkout
    return [
        _row(Field.APPROVED, data, _("True or False"), _read(data.approved)),
        _row(Field.BILLER_GUID, data, _text(checkout.biller.biller_guid), _biller(data, checkout)),
        _equal(Field.BILLER_REFERENCE, data, checkout.biller_reference),
        _account(data, postback),
        _row(Field.CUSTOMER_NAME, data, _names(postback), _name(data, postback)),
        _row(Field.PAYMENT_GUID, data, _("one that no other payment uses"), _guid(data, postback)),
        _amount(data, postback),
        _row(Field.CONVENIENCE_FEE, data, _("an amount, or blank"), _read(data.fee)),
        _row(Field.PAYMENT_DATE, data, _("a date"), _date(data)),
    ]


def _row(field: PostbackField, data: PostbackData, expected: Words, finding: Finding) -> Row:
    if data.has_several_values(field):
        finding = Finding.SEVERAL
    elif not data.text(field):
        finding = Finding.MISSING
    return Row(name=field, value=data.text(field), expected=expected, finding=finding)


def _equal(field: PostbackField, data: PostbackData, expected: str) -> Row:
    """Compares exactly, as `postbacks` does."""
    same = data.text(field) == expected
    return _row(field, data, expected, Finding.SAME if same else Finding.DIFFERENT)


def _amount(data: PostbackData, postback: Postback) -> Row:
    named = postback.checkout.account_named(data.account_number())
    owed = [part.owed for part in postback.checkout.parts.all() if part.account == named]
    if postback.reason == Reason.SUM and owed and owed[0] is not None:
        words = _("%s, which this account owed") % dollars(owed[0])
        return _row(Field.PAYMENT_AMOUNT, data, words, Finding.DIFFERENT)
    return _row(Field.PAYMENT_AMOUNT, data, _("an amount above zero"), _read(data.amount))


def _account(data: PostbackData, postback: Postback) -> Row:
    numbers = [account.account_number for account in postback.checkout.ordered_accounts]
    named = postback.checkout.account_named(data.account_number())
    finding = Finding.SAME if named else Finding.DIFFERENT
    return _row(Field.ACCOUNT_NUMBER, data, ", ".join(numbers), finding)


def _names(postback: Postback) -> str:
    accounts = [postback.account] if postback.account else postback.checkout.ordered_accounts
    return ", ".join(dict.fromkeys(account.name for account in accounts))


def _name(data: PostbackData, postback: Postback) -> Finding:
    names = {account.name.casefold() for account in postback.checkout.ordered_accounts}
    same = data.text(Field.CUSTOMER_NAME).casefold() in names
    return Finding.SAME if same else Finding.DIFFERENT


def _biller(data: PostbackData, checkout: Checkout) -> Finding:
    try:
        named = data.guid(Field.BILLER_GUID, Reason.BILLER)
    except NeedsReview:
        return Finding.UNREADABLE
    return Finding.SAME if named == checkout.biller.biller_guid else Finding.DIFFERENT


def _guid(data: PostbackData, postback: Postback) -> Finding:
    try:
        data.required_payment_guid()
    except NeedsReview:
        return Finding.UNREADABLE
    return Finding.DIFFERENT if postback.reason == Reason.KNOWN else Finding.SAME


def _read(value: Callable[[], object]) -> Finding:
    try:
        value()
    except NeedsReview:
        return Finding.UNREADABLE
    return Finding.SAME


def _date(data: PostbackData) -> Finding:
    return Finding.SAME if data.paid_at() else Finding.UNREADABLE


def _text(guid: UUID | None) -> Words:
    return str(guid) if guid else _("not entered for this biller")
