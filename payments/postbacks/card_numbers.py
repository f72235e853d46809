"""Card numbers are never stored: all but their last four digits are masked."""

import re
from collections.abc import Container, Iterator

# Digits, in one piece or in groups with a few separators: ` `, `--`, ` / `, ` - `.
DIGITS = re.compile(r"[0-9]+(?:[\W_]{1,3}[0-9]+)*")
GROUP = re.compile(r"[0-9]+")
SHORTEST, LONGEST = 13, 19
CROSS_SUM_OF_TWICE = str.maketrans("0123456789", "0246813579")
# Whole texts whose digits may look like a card number by chance, one in ten to one in a thousand:
# a date with a time, and a GUID. If these were any looser, a card number could match them.
HARMLESS = re.compile(
    r"(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12][0-9]|3[01])/(?:19|20)[0-9]{2}"
    r"\s[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\s[AP]M)?"
    r"|\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"
)


def masked(text: str, *, besides: Container[str] = ()) -> str:
    """Returns the text with all but the last four digits of every card number masked."""
    signs, plain = list(text), _plain(text)
    for start, end in _card_numbers(plain):
        if plain[start:end] not in besides and _digits(plain[start:end]) not in besides:
            places = [at for at in range(start, end) if plain[at].isdigit()]
            for at in places[:-4]:
                signs[at] = "*"
    return "".join(signs)


def card_numbers(text: str) -> set[str]:
    """Returns runs of 13 to 19 digits that pass the Luhn check, with and without separators."""
    plain = _plain(text)
    found = {plain[start:end] for start, end in _card_numbers(plain)}
    return found | {_digits(stretch) for stretch in found}


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    doubled = digits[-2::-2].translate(CROSS_SUM_OF_TWICE)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


def _plain(text: str) -> str:
    """Returns a text of the same length with the digits of every script as 0 to 9."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def _card_numbers(plain: str) -> Iterator[tuple[int, int]]:
    """Tries from the start of any group of digits to the end of any: a run may contain more than
    the number (`4111 1111 1111 1111 12 26`)."""
    if HARMLESS.fullmatch(plain.strip()):
        return
    for run in DIGITS.finditer(plain):
        groups = [group.span() for group in GROUP.finditer(plain, *run.span())]
        for first, (start, _) in enumerate(groups):
            digits = ""
            for begin, end in groups[first : first + LONGEST]:
                digits += plain[begin:end]
                if len(digits) > LONGEST:
                    break
                if len(digits) >= SHORTEST and passes_luhn(digits):
                    yield start, end


def _digits(stretch: str) -> str:
    return "".join(GROUP.findall(stretch))
