"""Numbers and times as Spanish-speaking customers read them on bills in the United States.

Django's own are Spain's, where 1.234 is more than a thousand and 1,234 a little more than one.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
TIME_FORMAT = "g:i A"  # without periods, because a sentence that ends with a time has its own
DATETIME_FORMAT = r"j \d\e F \d\e Y, g:i A"
SHORT_DATE_FORMAT = "j b Y"  # months are no proper names
SHORT_DATETIME_FORMAT = "j b Y, g:i A"

# Typed, where the browser has no date picker: in numbers the month comes first, as on every bill
# and check. Django's Spanish has the day first, so that 11/12 would be December 11.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"]
DATETIME_INPUT_FORMATS = [
    f"{day} {time}" for day in DATE_INPUT_FORMATS for time in ("%H:%M:%S", "%H:%M")
]
