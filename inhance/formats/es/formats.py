"""Numbers and times as Spanish-speaking customers read them on bills in the United States.

Django's own are Spain's, where 1.234 is more than a thousand and 1,234 a little more than one.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
TIME_FORMAT = "g:i\N{NO-BREAK SPACE}A"  # without periods: a sentence that ends with it has its own
# In large letters, the long one is wider than a phone: it may break in front of its year.
DATE_FORMAT = "j\N{NO-BREAK SPACE}\\d\\e\N{NO-BREAK SPACE}F \\d\\e\N{NO-BREAK SPACE}Y"
DATETIME_FORMAT = f"{DATE_FORMAT}, {TIME_FORMAT}"
SHORT_DATE_FORMAT = "j\N{NO-BREAK SPACE}b\N{NO-BREAK SPACE}Y"  # months have no capital
SHORT_DATETIME_FORMAT = f"{SHORT_DATE_FORMAT}, {TIME_FORMAT}"

# Typed, where the browser has no date picker: in numbers the month comes first, as on every bill
# and check. Django's Spanish has the day first, so that 11/12 would be December 11.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"]
DATETIME_INPUT_FORMATS = [
    f"{day} {time}" for day in DATE_INPUT_FORMATS for time in ("%H:%M:%S", "%H:%M")
]
