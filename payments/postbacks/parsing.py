"""Reading a postback: unreadable values need review and are never replaced by a default."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from icsso.billers.models import Biller
from icsso.client.contract import PostbackField
from icsso.client.moments import moment
from icsso.client.parsing import is_no_money, is_nothing, money
from icsso.client.wire.parts import PostbackProfile
from payments.models import Postback
from payments.postbacks.fields import merged

Reason = Postback.Reason

HEX_DIGITS = "-".join(f"[0-9a-fA-F]{{{length}}}" for length in (8, 4, 4, 4, 12))
# `UUID` accepts more than that: dashes anywhere, digits of any script.
_GUID = rf"(?:{HEX_DIGITS}|[0-9a-fA-F]{{32}})"
GUID = re.compile(rf"{_GUID}|\{{{_GUID}\}}|\({_GUID}\)")
LARGEST_AMOUNT = Decimal("9999999.99")
CLOCK_DIFFERENCE = timedelta(days=1)
CONTRACT = PostbackProfile()


class NeedsReview(Exception):
    """The postback cannot be believed as it is."""

    def __init__(self, reason: Postback.Reason) -> None:
        super().__init__(reason.label)
        self.reason = reason


class PostbackData:
    """The fields of a postback by name, in any case. An empty field counts as missing.

    wire: names, texts, and time zone of the biller's Invoice Cloud. days_in: the biller's own time
    zone, for a day without a time; the wire's, if not given. It also reads the lines of Invoice
    Cloud's list of payments.
    """

    def __init__(
        self,
        fields: Mapping[str, Iterable[str]],
        wire: PostbackProfile = CONTRACT,
        *,
        days_in: ZoneInfo | None = None,
    ) -> None:
        self._all, self._wire = merged(fields), wire
        self._days_in = days_in or wire.zone

    def _values(self, field: PostbackField) -> set[str]:
        name = self._wire.fields.get(field, field)
        return self._all.get(name.casefold(), set())

    def text(self, field: PostbackField) -> str:
        """Returns the value, or all values of a field that has several."""
        return " / ".join(sorted(self._values(field))).strip()

    def has_value(self, field: PostbackField) -> bool:
        """Whether it contains anything but an empty value as .NET writes it."""
        return not is_nothing(self.text(field))

    def has_several_values(self, field: PostbackField) -> bool:
        return len(self._values(field)) > 1

    def require_single_values(self) -> None:
        """Raises NeedsReview."""
        if any(len(values) > 1 for values in self._all.values()):
            raise NeedsReview(Reason.TWO_VALUES)

    def approved(self) -> bool:
        """Only the exact texts of the contract and of the wire profile count, without any spaces.
        Raises NeedsReview."""
        answers = {self._wire.verdicts.get(text) for text in self._values(PostbackField.APPROVED)}
        if answers == {True}:
            return True
        if answers == {False}:
            return False
        raise NeedsReview(Reason.APPROVED)

    def is_declined(self) -> bool:
        """Whether it says nothing but that the payment was declined."""
        try:
            return not self.approved()
        except NeedsReview:
            return False

    def guid(self, field: PostbackField, reason: Postback.Reason) -> UUID:
        """Accepts only what .NET writes; a GUID of zeros counts as none. Raises NeedsReview."""
        text = self.text(field)
        if not GUID.fullmatch(text) or not (guid := UUID(text.strip("()"))).int:
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
        amount = dollars(self.text(PostbackField.PAYMENT_AMOUNT))
        if amount is None or amount <= 0:
            raise NeedsReview(Reason.AMOUNT)
        return amount

    def fee(self) -> Decimal:
        """Returns dollars; zero if the field is missing, empty, or says that there is none. Raises
        NeedsReview."""
        text = self.text(PostbackField.CONVENIENCE_FEE)
        fee = Decimal("0.00") if is_no_money(text) else dollars(text)
        if fee is None or fee < 0:
            raise NeedsReview(Reason.FEE)
        return fee

    def account_number(self) -> str:
        return self.text(PostbackField.ACCOUNT_NUMBER)

    def invoice_number(self) -> str:
        return self.text(PostbackField.INVOICE_NUMBER)[:60]

    def paid_at(self) -> datetime | None:
        """Reads the time in the zone of the wire profile, unless the text has its own, and a day
        without a time as the biller's day. Returns None if it is missing or not plausible."""
        try:
            paid = moment(self.text(PostbackField.PAYMENT_DATE))
        except ValueError:
            return None
        return plausible(paid, self._wire.zone, days_in=self._days_in) if paid else None

    def method(self) -> str:
        return self.text(PostbackField.CARD_TYPE)[:60]

    def message(self) -> str:
        return self.text(PostbackField.PAYMENT_MESSAGE)[:200]


def data_of(postback: Postback) -> PostbackData:
    """Returns the data of a stored postback, read as its biller's wire profile says."""
    return read_for(postback.checkout.biller, postback.fields)


def read_for(biller: Biller, fields: Mapping[str, Iterable[str]]) -> PostbackData:
    return PostbackData(fields, biller.wire.postback, days_in=biller.zone)


def dollars(text: str) -> Decimal | None:
    """Returns None for what cannot be read, and for more than one bill can be."""
    try:
        amount = money(text)
    except ValueError:
        return None
    return amount if abs(amount) <= LARGEST_AMOUNT else None


def plausible(moment: datetime | date, zone: ZoneInfo, *, days_in: ZoneInfo) -> datetime | None:
    """Returns the moment, in UTC; None if nobody can have paid then.

    zone: of a local time. One that occurs twice when the clocks fall back is the first of the two;
    one that is skipped when they spring forward is an hour later. days_in: of a day without a time,
    or with midnight sharp, as .NET and databases write one. It is its midnight there, so that the
    day stays the same for whoever reads it.
    """
    if moment.year > timezone.now().year + 1:
        return None
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        aware = moment
    elif isinstance(moment, datetime) and moment.time() != time():
        aware = moment.replace(tzinfo=zone)
    else:
        aware = datetime(moment.year, moment.month, moment.day, tzinfo=days_in)
    aware = aware.astimezone(UTC)
    return aware if aware <= timezone.now() + CLOCK_DIFFERENCE else None
