"""How Invoice Cloud and spreadsheets write text, numbers, money, and dates: one reader for each.

The readers never guess: they raise ValueError, without the value, for what cannot be understood.
"""

import re
import unicodedata
from decimal import Decimal

import idna

from icsso.client.plain_signs import plain_digits, plain_signs

# How .NET writes an empty value: a field with one of these counts as missing.
NOTHING = {"", "00000000-0000-0000-0000-000000000000", "0" * 32}
# What people and programs write into a cell that has no value: PostgreSQL and pandas among them.
NO_VALUE = {
    *("", "-", "–", "—", "--", ".", "n/a", "n.a.", "#n/a", "na", "none", "null", "nil"),
    *("nan", "nat", "\\n", "<null>", "(null)"),
}
MOST = 10**50  # a larger number is a fault, and writing it out could use up all memory
LARGEST_SUM = 10**9  # dollars: a larger bill is a fault
CENT = Decimal("0.01")
NOISE = Decimal("0.000001")  # what binary fractions add to a number, as in 61.300000000000004
SUM = re.compile(
    r"(?P<dollars>0{0,30}\d{1,9}|\d{1,3}(,\d{3})+)?(?P<cents>\.\d{0,4}0{0,26})?", re.ASCII
)
# A number padded with zeros usually counts cents: 0000008420 is $84.20.
PADDED = re.compile(r"0[0,]*[1-9][\d,]*\.?", re.ASCII)
# A binary fraction that a program wrote out in full. Nobody writes that many digits.
FRACTION = re.compile(r"\d{1,9}\.\d{5,30}", re.ASCII)
FRACTION_DIGITS = 15  # at least, without leading zeros
# How a spreadsheet writes an account number of 12 or more digits after rounding it.
ROUNDED = re.compile(r"\d[.,]\d+e\+?\d+|\d[.,]?e\+\d+", re.IGNORECASE)
DECIMAL = re.compile(r"\d+\.0+")
MASKED = re.compile(r"[*•…#]|xx", re.IGNORECASE)  # an account number: ******0101, XXXX0101
CREDITS = (
    re.compile(r"(?P<sum>\$?)\s*\((?P<rest>[^()]*)\)"),  # accountants' parentheses
    re.compile(r"(?P<sum>.*?)\s*(-|CR\.?)", re.IGNORECASE),
    # CR84.20, but CR100 may be the number of a credit memo
    re.compile(r"(?P<sum>\$?)\s*(?:-|CR(?:\.(?=\s))?(?=\W|[\d,]+\.))(?P<rest>.*)", re.IGNORECASE),
)
# Says no more than the dollar sign: US$84.20, USD 84.20, 84.20 USD.
US_DOLLARS = re.compile(r"\bUS(?=\s*\$)|\bUSD(?=\W|\d)|(?<=\d)\s*USD$", re.IGNORECASE)
# What people write before an account number, in English and Spanish.
_NUMERO = "N[UÚ]MERO(?:[^A-Z0-9]*DE[^A-Z0-9]*CUENTA)?"
_CUENTA = r"(?:CUENTA|CTA)(?:\s+DE\s+(?:AGUA|LUZ|GAS))?"
_LABEL = f"ACCOUNTS?|ACCTS?|NUMBER|N[UÚ]M|NBR|{_NUMERO}|{_CUENTA}"
# Also the beginning of numbers: NO-1001 is one.
_SHORT_LABEL = "ACC|A/C|NRO|N[.]?[O°]"
# These only before another label: MI-1001 and CUST 1001 are numbers too.
_OTHER_WORDS = (
    "CUSTOMER|CUST|UTILITY|SERVICE|MEMBER|CLIENTE|THE|MY|MI|EL|LA|DE"
    "|BILLING|BILL|WATER|ELECTRIC|GAS|POWER"
)
_ANY_LABEL = rf"(?:(?:{_LABEL})(?![^\W_])|(?:{_SHORT_LABEL})(?=[\s.:#])|ID(?=\s*[:#]))"
LABEL = re.compile(
    rf"^(?:[\W_]*(?:{_ANY_LABEL}|(?:(?:{_OTHER_WORDS})[.]?\s+)+(?:#|{_ANY_LABEL})))+"
    r"(?:[\s#:]+(?:is|es)(?=\s|:))?",
    re.IGNORECASE,
)
GLUED_LABEL = re.compile(rf"^(?:{_LABEL}|ACC|AC|ID|NO|N(?=\d))+(?=.)")
JOINERS = "\u200c\u200d"  # invisible, and yet part of a domain in some scripts, as in Persian


# What is entered where nobody knows the ZIP code, so that everybody could guess it.
FILLED_IN = {"00000", "99999"}
# CA 90210, IL62701
BEFORE_ZIP = re.compile(r"^(?:[A-Z]{2}|ZIP(?: CODE)?)[\s,.:-]*(?=[0-9]{5}(?![0-9A-Z]))")
PHONE_EXTENSION = r"(?:[\s,;]*(?:x|ext(?:ension|n)?|#)[\s.:=-]*[0-9]{1,6}(?![0-9]))?"
# A run of digits as phone numbers have them, with its extension: one number or several.
PHONES = re.compile(
    rf"(?P<number>\+?(?:\(\s*)?[0-9](?:[\s().-]*[0-9])*){PHONE_EXTENSION}", re.IGNORECASE
)
# How one number begins such a run: one of North America, or one without an area code.
US_PHONE = re.compile(
    r"(?P<number>(?:\+?1[\s.-]*)?(?:\(\s*)?[0-9]{3}(?:\s*\))?[\s.-]*[0-9]{3}[\s.-]*[0-9]{4})"
    rf"{PHONE_EXTENSION}(?![0-9])",
    re.IGNORECASE,
)
LOCAL_PHONE = re.compile(
    rf"(?P<number>[0-9]{{3}}(?:[.-][0-9]{{4}}|[0-9]{{4}}(?=\s))){PHONE_EXTENSION}(?![0-9])",
    re.IGNORECASE,
)
# 217/555-0161, 217/555/0161, 217*555*0161
SLASHED = re.compile(
    r"(?<!\d)(\(?[0-9]{3}\)?)(?:\s*[/\\]\s*|[_*,·•])([0-9]{3})[\s./\\_*,·•-]?([0-9]{4})(?!\d)"
)
ROUND = str.maketrans("[]{}", "()()")
PHONE_DIGITS = range(7, 16)
FILLERS = ({"0"}, {"1"}, {"9"})  # 000-000-0000
# Dates, and numbers of Social Security.
OTHER_NUMBER = re.compile(
    r"(?:(?:19|20)[0-9]{2}([-.]?)[01][0-9]\1[0-3][0-9]"
    r"|[01]?[0-9]([-.])[0-3]?[0-9]\2(?:19|20)[0-9]{2}|[0-9]{3}-[0-9]{2}-[0-9]{4})(?![0-9])"
)


def plain_words(text: str) -> str:
    """Returns the text safe for a page and a database: no NUL and no lone surrogate."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def account_number(value: object) -> str:
    """Returns 1 to 50 printable characters, which is what our database can store."""
    if isinstance(value, Decimal) and 0 <= value < MOST and value == value.to_integral_value():
        value = int(value)  # 10000101.0
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("no account number")
    number = str(value).strip()
    if not 1 <= len(number) <= 50 or not number.isprintable():
        raise ValueError("no account number")
    return number


def is_rounded(number: str) -> bool:
    """Whether a spreadsheet rounded the account number: 1.20034E+05 may have had more digits."""
    return bool(ROUNDED.fullmatch(number))


def is_decimal(number: str) -> bool:
    """Whether a program changed the account number into a decimal number, as in 1234.0."""
    return bool(DECIMAL.fullmatch(number))


def account_key(number: str) -> str:
    """Returns the normal form in which account numbers are compared and stored: see `plain_number`,
    without leading zeros. "" if there is no letter or digit."""
    plain = plain_number(number)
    return plain.lstrip("0") or plain[:1]


def is_another_account(said: str, number: str) -> bool:
    """Whether two account numbers differ. One that is left out or masked may be any."""
    is_comparable = bool(said and number) and not MASKED.search(said)
    spellings = {account_key(said), account_key(without_label(said))}
    return is_comparable and account_key(number) not in spellings


def plain_number(number: str) -> str:
    """Returns the letters and digits of an account number after NFKC, in upper case, with digits of
    every script as 0 to 9. At most 50 of them, which is what an account number has."""
    if number.isascii():  # nearly always, and an import reads millions
        upper = number.upper()
        return (upper if upper.isalnum() else "".join(filter(str.isalnum, upper)))[:50]
    signs = unicodedata.normalize("NFKC", number).upper()
    kept = plain_digits("".join(filter(str.isalnum, signs)))
    # Again: letters may compose once the signs between them are gone.
    return unicodedata.normalize("NFKC", kept)[:50]


def without_label(number: str) -> str:
    """Returns what a person typed without the whole words before the number: of "Acct. no. 5678",
    "5678". A-1001 and NO1001 are numbers and stay."""
    return LABEL.sub("", unicodedata.normalize("NFKC", number), count=1)


def normal_password(typed: str) -> str:
    """Returns a password as it is checked, hashed, and sent (RFC 8265, OpaqueString): NFC, every
    kind of space as the ASCII space, and nothing else. Keyboards write one letter in two ways."""
    if typed.isascii():
        return typed
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in typed)
    return unicodedata.normalize("NFC", spaced)


def attempts_key(number: str) -> str:
    """Returns what attempts are counted by: the same for every spelling that finds an account,
    including those with a label."""
    key = account_key(without_label(number))
    return GLUED_LABEL.sub("", key).lstrip("0") or key


def money(value: object) -> Decimal:
    """Returns dollars, exact to the cent: from 1,234.50, $84.2000, .50, 84., and for a credit from
    -84.20, 84.20-, $ (84.20), or 84.20 CR. A number, and text that only a program writes
    (61.300000000000004), may be as far from the cent as binary fractions are. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("no money")
    amount = _written_sum(value) if isinstance(value, str) else Decimal(value)
    if not -LARGEST_SUM < amount < LARGEST_SUM:
        raise ValueError("no money")
    rounded = amount.quantize(CENT)
    if amount != rounded and not (_may_be_noisy(value) and abs(amount - rounded) < NOISE):
        raise ValueError("no whole cents")
    return rounded


def _may_be_noisy(value: object) -> bool:
    """Text usually has no noise: someone wrote every digit."""
    digits = "".join(filter(str.isdigit, value)) if isinstance(value, str) else ""
    return not isinstance(value, str) or len(digits.lstrip("0")) >= FRACTION_DIGITS


def _written_sum(text: str) -> Decimal:
    text = US_DOLLARS.sub("", " ".join(plain_signs(text).split())).strip()
    for form in CREDITS:
        if credit := form.fullmatch(text):
            groups = credit.groupdict()
            return -_positive(groups["sum"] + groups.get("rest", ""))
    if text.startswith("+"):
        return _positive(text[1:])
    # Mainframes write 84.20+. In 100+, it may mean "or more".
    return _positive(text.removesuffix("+") if "." in text else text)


def _positive(text: str) -> Decimal:
    text = text.strip()
    digits = (text[1:] if text.startswith("$") else text.removesuffix("$")).strip()
    if FRACTION.fullmatch(digits) and _may_be_noisy(digits):
        return Decimal(digits)
    found = SUM.fullmatch(digits)
    if not found or PADDED.fullmatch(digits) or not any(map(str.isdigit, digits)):
        raise ValueError("no money")
    return Decimal((found["dollars"] or "0").replace(",", "") + (found["cents"] or "").rstrip("."))


def is_no_money(text: str) -> bool:
    """Whether the text says that there is no amount: also `$ -`, which is how spreadsheets show
    zero in accounting formats."""
    return text.strip().removeprefix("$").strip().casefold() in NO_VALUE


def email_address(text: str) -> str:
    """Returns the normal form in which addresses are stored and compared: after NFKC, in lowercase,
    without invisible characters, blanks around it, and a last dot, with the domain as DNS has it
    (xn--…). It need not be an address; if its domain is not ASCII, DNS cannot have it. A line break
    is a blank: what stands in two lines is no address, least of all somebody else's."""
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    signs = unicodedata.normalize("NFKC", spaced)
    plain = "".join(filter(str.isprintable, signs)).strip().lower()
    name, at, domain = plain.rpartition("@")
    if not at:
        return plain
    if not domain.isascii():
        joined = "".join(sign for sign in signs if sign.isprintable() or sign in JOINERS)
        domain = _dns_name(joined.rpartition("@")[2]) or _dns_name(domain) or domain
    return f"{name}@{domain.rstrip('. ')}"


def _dns_name(domain: str) -> str:
    """Returns "" if it is none. By IDNA 2008: with Python's own IDNA 2003, straße.de would be
    strasse.de, which belongs to someone else."""
    try:
        return idna.encode(domain.strip().rstrip("."), uts46=True).decode()
    except UnicodeError:
        return ""


def phone_number(text: str) -> str:
    """Returns the first phone number in a text as it is written there, with its extension; "" if
    there is none: 000-000-0000 and 2026-11-28 are none. Two numbers that only blanks and dashes
    separate are two."""
    text = SLASHED.sub(r"\1-\2-\3", plain_digits(plain_signs(text)).translate(ROUND))
    for run in PHONES.finditer(text):
        known = US_PHONE.match(run[0]) or LOCAL_PHONE.match(run[0])
        found = known or run
        digits = list(filter(str.isdigit, found["number"]))
        is_usual = len(digits) in PHONE_DIGITS and not OTHER_NUMBER.match(run[0])
        if (known or is_usual) and set(digits) not in FILLERS:
            return found[0] if ")" in found[0] else found[0].lstrip("( ")
    return ""


def boolean(value: object) -> bool:
    """Returns true or false from JSON or from text. Raises ValueError."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in {"true", "t", "yes", "y", "on", "1"}:
        return True
    if text in {"false", "f", "no", "n", "off", "0"}:
        return False
    raise ValueError("neither true nor false")


def is_nothing(value: object) -> bool:
    return isinstance(value, str) and value.strip(" {}()") in NOTHING


def zip_code(text: str, *, restores_zeros: bool = True) -> str:
    """Returns the first five digits of a US ZIP code, with or without the state before it, another
    postal code in upper case, or "": N/A and 99999 are none.

    restores_zeros: whether a spreadsheet may have lost leading zeros (2134, 21341234). Not for what
    a person types.
    """
    code = plain_digits(unicodedata.normalize("NFKC", plain_signs(text))).upper()
    code = code[next((place for place, sign in enumerate(code) if sign.isalnum()), 0) :]
    found = re.match(r"[0-9]+(?![0-9A-Z])", BEFORE_ZIP.sub("", code))
    if not found:
        other = "".join(sign for sign in code if sign.isalnum())
        return other if any(map(str.isdigit, other)) else ""
    digits = found[0]
    if restores_zeros and len(digits) > 2:
        digits = digits.zfill(5 if len(digits) < 6 else 9 if len(digits) > 6 else 6)
    return digits[:5] if len(digits) >= 5 and digits[:5] not in FILLED_IN else ""
