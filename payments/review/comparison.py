"""A call for review beside what its checkout lets expect, field by field."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from icsso.client.contract import PostbackField
from payments.models import Checkout, Postback
from payments.postbacks.parsing import Call, Doubtful

Field, Reason = PostbackField, Postback.Reason
Words = str | Promise


# Without these no payment can be recorded: there, saying nothing is odd.
NEEDED = {Field.APPROVED, Field.PAYMENT_GUID, Field.PAYMENT_AMOUNT}


class Finding(TextChoices):
    SAME = "same", _("as expected")
    DIFFERENT = "different", _("different")
    UNREADABLE = "unreadable", _("cannot be read")
    DOUBLE = "double", _("two values")
    SILENT = "silent", _("not said")


@dataclass(frozen=True, kw_only=True)
class Row:
    name: str  # as Invoice Cloud calls it
    told: str
    expected: Words
    finding: Finding

    @property
    def is_odd(self) -> bool:
        if self.finding == Finding.SILENT:
            return self.name in NEEDED
        return self.finding != Finding.SAME


def compare(postback: Postback) -> list[Row]:
    """What decides whether a call is believed, in the order in which it is looked at."""
    call, checkout = Call(postback.fields), postback.checkout
    return [
        _row(Field.APPROVED, call, _("True or False"), _read(call.approved)),
        _row(Field.BILLER_GUID, call, _text(checkout.biller.biller_guid), _biller(call, checkout)),
        _equal(Field.BILLER_REFERENCE, call, checkout.biller_reference),
        _equal(Field.ACCOUNT_NUMBER, call, checkout.account.account_number),
        _row(Field.CUSTOMER_NAME, call, checkout.account.name, _name(call, checkout)),
        _row(Field.PAYMENT_GUID, call, _("one that no other payment has"), _guid(call, postback)),
        _row(Field.PAYMENT_AMOUNT, call, _("an amount above zero"), _read(call.amount)),
        _row(Field.CONVENIENCE_FEE, call, _("an amount, or nothing"), _read(call.fee)),
        _row(Field.PAYMENT_DATE, call, _("a date"), _date(call)),
    ]


def _row(field: PostbackField, call: Call, expected: Words, finding: Finding) -> Row:
    if call.is_double(field):
        finding = Finding.DOUBLE
    elif not call.text(field):
        finding = Finding.SILENT
    return Row(name=field, told=call.text(field), expected=expected, finding=finding)


def _equal(field: PostbackField, call: Call, expected: str) -> Row:
    """To the letter, as `postbacks` demands it."""
    same = call.text(field) == expected
    return _row(field, call, expected, Finding.SAME if same else Finding.DIFFERENT)


def _name(call: Call, checkout: Checkout) -> Finding:
    same = call.text(Field.CUSTOMER_NAME).casefold() == checkout.account.name.casefold()
    return Finding.SAME if same else Finding.DIFFERENT


def _biller(call: Call, checkout: Checkout) -> Finding:
    try:
        told = call.guid(Field.BILLER_GUID, Reason.BILLER)
    except Doubtful:
        return Finding.UNREADABLE
    return Finding.SAME if told == checkout.biller.biller_guid else Finding.DIFFERENT


def _guid(call: Call, postback: Postback) -> Finding:
    try:
        call.guid(Field.PAYMENT_GUID, Reason.GUID)
    except Doubtful:
        return Finding.UNREADABLE
    return Finding.DIFFERENT if postback.reason == Reason.KNOWN else Finding.SAME


def _read(value: Callable[[], object]) -> Finding:
    try:
        value()
    except Doubtful:
        return Finding.UNREADABLE
    return Finding.SAME


def _date(call: Call) -> Finding:
    return Finding.SAME if call.paid_at() else Finding.UNREADABLE


def _text(guid: UUID | None) -> Words:
    return str(guid) if guid else _("not entered for this biller")
