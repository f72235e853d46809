"""One call of Invoice Cloud, read: what cannot be understood is Doubtful, never a default."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from icsso.client.contract import APPROVED_TEXTS, PostbackField
from icsso.client.parsing import is_nothing
from payments.models import Postback
from payments.postbacks.fields import merged

Reason = Postback.Reason

HEX_DIGITS = "-".join(f"[0-9a-fA-F]{{{length}}}" for length in (8, 4, 4, 4, 12))
# `UUID` reads more than that: dashes anywhere, digits of every script.
GUID = re.compile(rf"{HEX_DIGITS}|\{{{HEX_DIGITS}\}}|[0-9a-fA-F]{{32}}|\{{[0-9a-fA-F]{{32}}\}}")
# US text: 84.20, 1,234.50, $1,234.50
AMOUNT = re.compile(r"\$?\s*((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{1,2})?)")
LARGEST_AMOUNT = Decimal("9999999.99")
DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y")
# .NET writes a date that was never set as 1/1/0001.
EARLIEST_YEAR = 2000
CLOCKS_DIFFER = timedelta(days=1)


class Doubtful(Exception):
    """The call is for review."""

    def __init__(self, reason: Postback.Reason) -> None:
        super().__init__(reason.label)
        self.reason = reason


class Call:
    """The fields of a call by name, in any case; an empty one is a missing one."""

    def __init__(self, fields: Mapping[str, Iterable[str]]) -> None:
        self._said = merged(fields)

    def text(self, field: PostbackField) -> str:
        """The value; of a field with several values, all of them."""
        return " / ".join(sorted(self._said.get(field.casefold(), ()))).strip()

    def names(self, field: PostbackField) -> bool:
        """Whether it says anything that is not .NET's way of saying nothing."""
        return not is_nothing(self.text(field))

    def is_double(self, field: PostbackField) -> bool:
        return len(self._said.get(field.casefold(), ())) > 1

    def demand_one_value_each(self) -> None:
        if any(len(values) > 1 for values in self._said.values()):
            raise Doubtful(Reason.TWO_VALUES)

    def approved(self) -> bool:
        """Only the exact texts count, with no space more."""
        said = self._said.get(PostbackField.APPROVED.casefold(), set())
        answers = {APPROVED_TEXTS.get(text) for text in said}
        if answers == {True}:
            return True
        if answers == {False}:
            return False
        raise Doubtful(Reason.APPROVED)

    def guid(self, field: PostbackField, reason: Postback.Reason) -> UUID:
        """Only as .NET writes one; the one of zeros is none."""
        text = self.text(field)
        if not GUID.fullmatch(text) or not (guid := UUID(text)).int:
            raise Doubtful(reason)
        return guid

    def payment_guid(self) -> UUID | None:
        """None where it is missing or cannot be read."""
        try:
            return self.guid(PostbackField.PAYMENT_GUID, Reason.GUID)
        except Doubtful:
            return None

    def amount(self) -> Decimal:
        amount = _dollars(self.text(PostbackField.PAYMENT_AMOUNT))
        if amount is None or amount <= 0:
            raise Doubtful(Reason.AMOUNT)
        return amount

    def fee(self) -> Decimal:
        """Without a fee the field is missing, empty or zero."""
        text = self.text(PostbackField.CONVENIENCE_FEE)
        fee = _dollars(text) if text else Decimal("0.00")
        if fee is None:
            raise Doubtful(Reason.FEE)
        return fee

    def invoice_number(self) -> str:
        return self.text(PostbackField.INVOICE_NUMBER)[:60]

    def paid_at(self) -> datetime | None:
        """US text in the portal's time zone; None when it is missing or makes no sense."""
        # Newer versions of .NET put a narrow no-break space before PM.
        text = " ".join(self.text(PostbackField.PAYMENT_DATE).split())
        for form in DATES:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007
            except ValueError:
                continue
            return plausible(moment)
        return None

    def method(self) -> str:
        return self.text(PostbackField.CARD_TYPE)[:60]

    def message(self) -> str:
        return self.text(PostbackField.PAYMENT_MESSAGE)[:200]


def _dollars(text: str) -> Decimal | None:
    found = AMOUNT.fullmatch(text)
    amount = Decimal(found[1].replace(",", "")) if found else None
    return amount if amount is not None and amount <= LARGEST_AMOUNT else None


def plausible(moment: datetime) -> datetime | None:
    """In the portal's time zone; None for a day that no payment was made on."""
    if moment.year < EARLIEST_YEAR or moment.year > timezone.now().year + 1:
        return None
    aware = timezone.make_aware(moment)
    return aware if aware <= timezone.now() + CLOCKS_DIFFER else None
