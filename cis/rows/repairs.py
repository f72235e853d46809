"""How a wrong optional cell is handled: the customer is imported without it.

Each repair returns the value and, if something was changed or omitted, the cause. Causes contain no
personal data.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from cis.rows.columns import FAILED, FIELDS, REQUIRED
from cis.rows.zip_codes import is_state, mended_zip
from icsso.billers.fields import is_address, validate_new_address
from icsso.client.moments import day
from icsso.client.parsing import NO_VALUE, email_address, is_rounded, phone_number

# Microsoft Access writes a link as ann@example.com#mailto:ann@example.com#
BETWEEN_ADDRESSES = re.compile(r"(?:[;,/|\\\s<>()\[\]\"]|#mailto:|#$)+", re.IGNORECASE)
LABEL_OF_ADDRESS = re.compile(r"^(?:mailto|e-?mail):", re.IGNORECASE)
# What most cells look like; the rest is looked at closely.
SOUND = {
    "email": re.compile(r"[a-z0-9_-]{1,64}@[a-z0-9]{1,60}\.(?:com|net|org|edu|gov)"),
    "phone": re.compile(r"(?=\(?[2-8])(?:\(\d{3}\) ?|\d{3}[-.])?\d{3}[-.]\d{4}", re.ASCII),
    "zip": re.compile(r"(?!00[0-4]|99999)\d{5}(?:-(?!0000)\d{4})?", re.ASCII),
}
FIVE_DIGITS = re.compile(r"\d{5}(?:-?\d{4})?(?!\w)")
WORDS_FOR_NONE = NO_VALUE | {"no", "no email", "noemail", "unknown", "not given", "refused"}
POSTED = "posted_through"
# MU?OZ, as databases write it in ASCII; at the end of a word, a ? may also be a doubt.
LOST_LETTER = re.compile(r"\ufffd|(?<=[^\W\d_])[?¿](?=[^\W\d_])")


class Repair(NamedTuple):
    """is_unread: nobody knows what the cell was to say."""

    value: str
    cause: str = ""
    is_unread: bool = False


def repaired(
    values: Mapping[str, str], known: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[str]]:
    """Returns the values with every optional cell mended or empty, and the causes.

    known: the account's values in the portal, if there is one. An unreadable day up to which the
    CIS has posted is left as it was: without it, payments that are posted would not be called so.
    """
    found, causes = dict(values), []
    for field, text in values.items():
        if text and field not in REQUIRED:
            repair = _repair(field, text, values)
            if field == POSTED and known:
                repair = _beside_known(repair, known.get(POSTED, ""))
            found[field] = repair.value
            if repair.cause:
                causes.append(f"{field}: {repair.cause}")
    if LOST_LETTER.search(values.get("name", "")):
        said = _("a letter was lost before the file was made, so it may not prove the account")
        causes.append(f"name: {said}")
    if has_no_letters(values.get("name", "")):
        said = _("it has no letters; if it isn't the name, choose another column")
        causes.append(f"name: {said}")
    return found, causes


def has_no_letters(name: str) -> bool:
    return bool(name) and not any(map(str.isalpha, name))


def _beside_known(repair: Repair, known: str) -> Repair:
    """known: a day as ISO writes it, or empty."""
    if known and repair.is_unread:
        return Repair(known, _("not a date that can be used; left as it was"))
    if repair.value and repair.value < known:
        return Repair(repair.value, _("earlier than the known date; the earlier date was used"))
    return repair


def why_shifted(values: Mapping[str, str]) -> str:
    """Returns why the cells seem to be in the wrong columns; "" if they don't. A comma without
    quotation marks moves them, and the number of cells may be right again by chance."""
    state, code = (values.get(field, "").strip() for field in ("state", "zip"))
    if is_state(code) or (FIVE_DIGITS.match(state) and not FIVE_DIGITS.match(code)):
        return _("the state or the ZIP code is in another column: is there a comma too many?")
    if FIVE_DIGITS.fullmatch(values.get("email", "")) or "@" in code:
        return _("the ZIP code or the email is in another column: is there a comma too many?")
    return ""


def _repair(field: str, text: str, values: Mapping[str, str]) -> Repair:
    if field in SOUND and SOUND[field].fullmatch(text):
        return Repair(text)
    if text.casefold() in WORDS_FOR_NONE:
        return Repair("", _("the cell says that there is none; left empty"))
    if FAILED.fullmatch(text):
        return Repair("", _("a spreadsheet error; left empty"), is_unread=True)
    if not text.isprintable():
        return Repair("", _("it contains unprintable characters; left empty"), is_unread=True)
    repair = MENDED[field](text, values) if field in MENDED else Repair(text)
    fault = _fault(field, repair.value)
    return Repair("", _("%s; left empty") % fault) if fault else repair


def _fault(field: str, value: str) -> str:
    if field not in MENDED and len(value) <= FIELDS[field].max_length:
        return ""
    try:
        FIELDS[field].run_validators(value)
    except ValidationError as error:
        return " ".join(error.messages).rstrip(".")
    return ""


def _email(text: str, values: Mapping[str, str]) -> Repair:
    if is_address(whole := email_address(text), validate_new_address):
        return Repair(whole)
    parts = (LABEL_OF_ADDRESS.sub("", part) for part in BETWEEN_ADDRESSES.split(text))
    found = (email_address(part.lstrip("'*{").rstrip(".'*}!?:")) for part in parts)
    addresses = list(dict.fromkeys(address for address in found if "@" in address))
    address = next((each for each in addresses if is_address(each, validate_new_address)), "")
    if not address:
        return Repair("", _("not a valid address; left empty"))
    if len(addresses) > 1:
        return Repair(address, _("several addresses; the first one was used"))
    return Repair(address, _("more than an address; only the address was used"))


def _phone(text: str, values: Mapping[str, str]) -> Repair:
    if is_rounded(text):
        return Repair("", _("a spreadsheet program rounded the number; left empty"), is_unread=True)
    number = phone_number(text)
    if not number:
        return Repair("", _("not a phone number; left empty"))
    if sum(map(str.isalnum, text)) == sum(map(str.isalnum, number)):
        return Repair(number)
    return Repair(number, _("more than a phone number; the first one was used"))


def _zip(text: str, values: Mapping[str, str]) -> Repair:
    code, cause = mended_zip(text, values.get("state", ""))
    return Repair(code, cause)


def _posted_through(text: str, values: Mapping[str, str]) -> Repair:
    """A date that is still to come would call payments posted that are not."""
    try:
        read = day(text)
    except ValueError:
        return Repair("", _("not a date; left empty"), is_unread=True)
    if read is None:
        return Repair("", _("the cell says that there is none; left empty"))
    if read > timezone.localdate(timezone=UTC) + timedelta(days=1):
        return Repair("", _("a date in the future; left empty"), is_unread=True)
    return Repair(read.isoformat())


MENDED: dict[str, Callable[[str, Mapping[str, str]], Repair]] = {
    "email": _email,
    "phone": _phone,
    "zip": _zip,
    POSTED: _posted_through,
}
