"""ZIP codes as files have them: without their zeros, as numbers, or with other text.

Whatever is restored or omitted is reported; codes that may be wrong are left empty.
"""

import re
import unicodedata
from collections.abc import Mapping

from django.utils.translation import gettext as _

from backoffice.tables.invisible import APOSTROPHES
from icsso.client.parsing import FILLED_IN
from icsso.client.plain_signs import plain_signs

ZIP = re.compile(r"(?P<five>\d{5})(?:[\s-]*(?P<four>\d{4}))?(?P<rest>.*)", re.ASCII)
SHORT_ZIP = re.compile(r"(?P<five>\d{3,4})(?:-|(?<=\d{4})\s)?(?P<four>\d{4})?(?:\.0+)?", re.ASCII)
GROUPED = re.compile(r"\d{1,2},\d{3}", re.ASCII)
LABEL = re.compile(r"(?:(?P<state>[A-Z]{2})|ZIP(?:[ -]?CODE)?)[\s.,:#-]*(?=\d)", re.IGNORECASE)
# Of Canada and the United Kingdom.
OTHER_CODE = re.compile(
    r"[A-Z]\d[A-Z][ -]?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE | re.ASCII
)
UNASSIGNED = ("000", "001", "002", "003", "004", *FILLED_IN)
# How ZIP codes begin in the states and territories where they begin with zero, and at military
# addresses in Europe.
ZERO_STATES: Mapping[str, tuple[str, ...]] = {
    "CT": ("06",),
    "MA": ("01", "020", "021", "022", "023", "024", "025", "026", "027", "055"),
    "ME": ("039", "04"),
    "NH": ("030", "031", "032", "033", "034", "035", "036", "037", "038"),
    "NJ": ("07", "08"),
    "NY": ("005", "06390"),
    "RI": ("028", "029"),
    "VT": ("05",),
    "PR": ("006", "007", "009"),
    "VI": ("008",),
    "AE": ("09",),
}
NAMES = {
    "CONNECTICUT": "CT",
    "MASSACHUSETTS": "MA",
    "MAINE": "ME",
    "NEW HAMPSHIRE": "NH",
    "NEW JERSEY": "NJ",
    "NEW YORK": "NY",
    "RHODE ISLAND": "RI",
    "VERMONT": "VT",
    "PUERTO RICO": "PR",
    "VIRGIN ISLANDS": "VI",
    "US VIRGIN ISLANDS": "VI",
}
OTHER_STATES = {
    *("AK", "AL", "AR", "AS", "AZ", "CA", "CO", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID"),
    *("IL", "IN", "KS", "KY", "LA", "MD", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE"),
    *("NM", "NV", "OH", "OK", "OR", "PA", "SC", "SD", "TN", "TX", "UT", "VA", "WA", "WI", "WV"),
    *("WY", "AA", "AP"),
}


def is_state(text: str) -> bool:
    code = text.replace(".", "").strip().upper()
    return code in ZERO_STATES or code in NAMES or code in OTHER_STATES


def mended_zip(text: str, state: str) -> tuple[str, str]:
    """Returns a ZIP code, or the code of another country, or ""; and what was done, if anything."""
    text = plain_signs(unicodedata.normalize("NFKC", text)).strip(f" {APOSTROPHES}")
    state = state.replace(".", "").strip().upper()
    state = NAMES.get(state, state)
    if GROUPED.fullmatch(text):
        return _said(mended_zip(text.replace(",", ""), state), _("the comma was left out"))
    if (label := LABEL.match(text)) and is_state(label["state"] or "IL"):
        rest = text[label.end() :]
        if ZIP.match(rest):
            return _said(mended_zip(rest, state), _("more than a ZIP code; the rest was left out"))
    if short := SHORT_ZIP.fullmatch(text):
        return _with_zeros(short, state, text)
    found = ZIP.fullmatch(text)
    if found and ("-" in text[:6] or not found["rest"][:1].isdigit()):
        return _parts(found)
    if OTHER_CODE.fullmatch(text) and not (state in ZERO_STATES or state in OTHER_STATES):
        return text, ""
    return "", _("not a ZIP code; left empty")


def _said(mended: tuple[str, str], cause: str) -> tuple[str, str]:
    return mended[0], mended[1] or cause


def _parts(found: re.Match[str]) -> tuple[str, str]:
    five, four, rest = found["five"], found["four"], found["rest"]
    if five.startswith(UNASSIGNED):
        return "", _("not a ZIP code; left empty")
    code = f"{five}-{four}" if four and four != "0000" else five
    if rest.strip(" -.0"):
        return code, _("more than a ZIP code; the rest was left out")
    return code, ""


def _with_zeros(short: re.Match[str], state: str, text: str) -> tuple[str, str]:
    """Puts back the zeros that a spreadsheet took, if the state has such ZIP codes."""
    code = short["five"].zfill(5)
    fits = not code.startswith(UNASSIGNED)
    if state in ZERO_STATES:
        fits = code.startswith(ZERO_STATES[state])
    elif state and state not in OTHER_STATES:
        return text, _("it has too few digits, and its state is unknown; kept as it is")
    if not fits or state in OTHER_STATES:
        return "", _("it has too few digits for its state; left empty")
    four = short["four"]
    return f"{code}-{four}" if four else code, _("a leading zero was restored")
