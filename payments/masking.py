"""Card numbers are never stored: all but their last four digits are struck out."""

import re
from collections.abc import Container, Iterator
from uuid import UUID

# Digits, in one piece or in groups with a space, a dash or a dot between.
DIGITS = re.compile(r"[0-9]+(?:[ .\u00a0-][0-9]+)*")
GROUP = re.compile(r"[0-9]+")
SHORTEST, LONGEST = 13, 19


def masked(text: str, *, besides: Container[str] = ()) -> str:
    """The text with every card number struck out but for its last four digits."""
    signs = list(text)
    for start, end in _card_numbers(text):
        if text[start:end] not in besides and _digits(text[start:end]) not in besides:
            places = [at for at in range(start, end) if text[at].isdigit()]
            for at in places[:-4]:
                signs[at] = "*"
    return "".join(signs)


def card_numbers(text: str) -> set[str]:
    """13 to 19 digits that pass the Luhn check: as they stand, and without what stands between."""
    found = {text[start:end] for start, end in _card_numbers(text)}
    return found | {_digits(stretch) for stretch in found}


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    plain = (int(digit) for digit in digits[-1::-2])
    return (sum(plain) + sum(twice - 9 if twice > 9 else twice for twice in doubled)) % 10 == 0


def _card_numbers(text: str) -> Iterator[tuple[int, int]]:
    if _is_guid(text):
        return
    for run in DIGITS.finditer(text):
        for start, end in _stretches(run[0]):
            digits = _digits(run[0][start:end])
            if SHORTEST <= len(digits) <= LONGEST and passes_luhn(digits):
                yield run.start() + start, run.start() + end


def _stretches(run: str) -> Iterator[tuple[int, int]]:
    """From the beginning of a group of digits to the end of one: a run may hold more than the
    number (`4111 1111 1111 1111 12 26`)."""
    groups = [(group.start(), group.end()) for group in GROUP.finditer(run)]
    for first, (start, _) in enumerate(groups):
        for _, end in groups[first : first + LONGEST]:
            yield start, end


def _digits(stretch: str) -> str:
    return "".join(GROUP.findall(stretch))


def _is_guid(text: str) -> bool:
    """GUIDs hold runs of digits by chance, one in a thousand of them a 'card number'."""
    try:
        UUID(text.strip())
    except ValueError:
        return False
    return True
