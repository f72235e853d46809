"""Reading a postback: unreadable values need review and are never replaced by a default."""

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
# `UUID` accepts more than that: dashes anywhere, digits of any script.
GUID = re.compile(rf"{HEX_DIGITS}|\{{{HEX_DIGITS}\}}|[0-9a-fA-F]{{32}}|\{{[0-9a-fA-F]{{32}}\}}")
# US text: 84.20, 1,234.50, $1,234.50
AMOUNT = re.compile(r"\$?\s*((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{1,2})?)")
LARGEST_AMOUNT = Decimal("9999999.99")
DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y")
# .NET writes a date that was never set as 1/1/0001.
EARLIEST_YEAR = 2000
CLOCK_DIFFERENCE = timedelta(days=1)


class NeedsReview(Exception):
    """The postback cannot be believed as it is."""

    def __init__(self, reason: Postback.Reason) -> None:
        super().__init__(reason.label)
        self.reason = reason


class PostbackData:
    """The fields of a postback by name, in any case. An empty field counts as missing.

    It also reads the lines of Invoice Cloud's list of payments.
    """

    def __init__(self, fields: Mapping[str, Iterable[str]]) -> None:
        self._values = merged(fields)

    def text(self, field: PostbackField) -> str:
        """Returns the value, or all values of a field that has several."""
        return " / ".join(sorted(self._values.get(field.casefold(), ()))).strip()

    def has_value(self, field: PostbackField) -> bool:
        """Whether it contains anything but an empty value as .NET writes it."""
        return not is_nothing(self.text(field))

    def has_several_values(self, field: PostbackField) -> bool:
        return len(self._values.get(field.casefold(), ())) > 1

    def require_single_values(self) -> None:
        """Raises NeedsReview."""
        if any(len(values) > 1 for values in self._values.values()):
            raise NeedsReview(Reason.TWO_VALUES)

    def approved(self) -> bool:
        """Only the exact texts count, without any spaces. Raises NeedsReview."""
        texts = self._values.get(PostbackField.APPROVED.casefold(), set())
        answers = {APPROVED_TEXTS.get(text) for text in texts}
        if answers == {True}:
            return True
        if answers == {False}:
            return False
        raise NeedsReview(Reason.APPROVED)

    def guid(self, field: PostbackField, reason: Postback.Reason) -> UUID:
        """Accepts only what .NET writes; a GUID of zeros counts as none. Raises NeedsReview."""
        text = self.text(field)
        if not GUID.fullmatch(text) or not (guid := UUID(text)).int:
            raise NeedsReview(reason)
        return guid

    def payment_guid(self) -> UUID | None:
        """Returns None if it is missing or cannot be read."""
        try:
            return self.required_payment_guid()
        except NeedsReview:
            return None

    def required_payment_guid(self) -> UUID:
        """Raises NeedsReview."""
        return self.guid(PostbackField.PAYMENT_GUID, Reason.GUID)

    def amount(self) -> Decimal:
        """Returns dollars, greater than zero. Raises NeedsReview."""
        amount = _dollars(self.text(PostbackField.PAYMENT_AMOUNT))
        if amount is None or amount <= 0:
            raise NeedsReview(Reason.AMOUNT)
        return amount

    def fee(self) -> Decimal:
        """Returns dollars; zero if the field is missing or empty. Raises NeedsReview."""
        text = self.text(PostbackField.CONVENIENCE_FEE)
        fee = _dollars(text) if text else Decimal("0.00")
        if fee is None:
            raise NeedsReview(Reason.FEE)
        return fee

    def invoice_number(self) -> str:
        return self.text(PostbackField.INVOICE_NUMBER)[:60]

    def paid_at(self) -> datetime | None:
        """Reads a US date in the portal's time zone. Returns None if it is missing or not
        plausible."""
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
    """Returns the moment in the portal's time zone; None if nobody can have paid then."""
    if moment.year < EARLIEST_YEAR or moment.year > timezone.now().year + 1:
        return None
    aware = timezone.make_aware(moment)
    return aware if aware <= timezone.now() + CLOCK_DIFFERENCE else None
