"""The day of a line: as postbacks write it, or as a spreadsheet stores or changes it."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icsso.client.contract import PostbackField
from payments.postbacks.parsing import PostbackData, plausible

SERIAL = re.compile(r"\d{5}(\.\d+)?")


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
