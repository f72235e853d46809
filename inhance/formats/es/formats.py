"""Numbers and times as Spanish-speaking customers read them on bills in the United States.

Django's own are Spain's, where 1.234 is more than a thousand and 1,234 a little more than one.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
TIME_FORMAT = "g:i A"  # without periods, because a sentence that ends with a time has its own
DATETIME_FORMAT = r"j \d\e F \d\e Y, g:i A"
SHORT_DATE_FORMAT = "j b Y"  # the names of months are not capitalized
SHORT_DATETIME_FORMAT = "j b Y, g:i A"
