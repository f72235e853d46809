"""Dates and times as bills in the United States print them: Dec 3, 2026, 1:05 PM.

Their spaces don't break, so that no page and no email has half a date at the end of a line.
"""

DATE_FORMAT = "M\N{NO-BREAK SPACE}j,\N{NO-BREAK SPACE}Y"
TIME_FORMAT = "g:i\N{NO-BREAK SPACE}A"
DATETIME_FORMAT = f"{DATE_FORMAT}, {TIME_FORMAT}"
SHORT_DATE_FORMAT = DATE_FORMAT
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
