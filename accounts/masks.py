"""Masks an email or an account number, so that its owner recognizes it and no one else learns it:
never more than half is shown, and of an account number never more than four characters."""

SHOWN = 4
HIDDEN = "…"


def masked_email(email: str) -> str:
    """Returns `j…@e….com` for `jane@example.com`, and `…@….com` for `j@x.com`."""
    name, at, domain = email.strip().rpartition("@")
    host, dot, ending = domain.rpartition(".") if "." in domain else (domain, "", "")
    return f"{_first(name)}{HIDDEN}@{_first(host)}{HIDDEN}{dot}{ending}" if at else ""


def number_ending(number: str) -> str:
    """Returns the end: `0104` of 10000104, `01` of 0101, `56-00` of 12-3456-00.

    Separators hide nothing, so they are not counted. Of a single character, none is shown.
    """
    counted = [place for place, sign in enumerate(number) if sign.isalnum()]
    shown = min(SHOWN, len(counted) // 2)
    return number[counted[-shown] :] if shown else HIDDEN


def _first(part: str) -> str:
    return part[:1] if len(part) > 1 else ""


def masked_name(name: str) -> str:
    """Returns `W… L…` for Willows Laundry."""
    return " ".join(f"{_first(word)}{HIDDEN}" for word in name.split())


def masked_street(address: str) -> str:
    """Returns `… Mill Street` for 12 Mill Street, without parts that contain a digit."""
    shown = [HIDDEN if any(map(str.isdigit, word)) else word for word in address.split()]
    return " ".join(shown)
