"""The day of a line: as postbacks write it, or as a spreadsheet stores or changes it."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icsso.client.contract import PostbackField
from payments.postbacks.parsing import PostbackData, plausible

SERIAL = re.compile(r"\d{5}(\.\d+)?")
LAST_MONTH = 12


def paid_at(
    data: PostbackData, epoch: date, zone: ZoneInfo, *, days_in: ZoneInfo
) -> datetime | None:
    """Reads what postbacks may contain, and the day numbers of spreadsheets. Returns None if there
    is no plausible day."""
    text = data.text(PostbackField.PAYMENT_DATE)
    if not SERIAL.fullmatch(text):
        return data.paid_at()
    since_epoch = timedelta(seconds=round(float(text) * 86_400))
    serial = datetime.combine(epoch, time()) + since_epoch
    return plausible(serial if "." in text else serial.date(), zone, days_in=days_in)


def may_have_month_second(paid: date, first: date, last: date) -> bool:
    """Whether only the day with both numbers exchanged is one of the list's days. Of 05/11, a
    spreadsheet program that expects months first makes May 11; it leaves 28/11 as it is."""
    if first <= paid <= last or paid.day > LAST_MONTH:
        return False
    return first <= paid.replace(month=paid.day, day=paid.month) <= last
