"""Card numbers are never stored or logged: all but their last four digits are masked.

A card number is 13 to 19 digits that begin with a network's prefix, have one of the lengths that
network issues, and pass the Luhn check. The Luhn check alone is not enough: one in ten invoice
numbers passes it by chance.
"""

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

from icsso.client.plain_signs import plain_digits

# Digits, in one piece or in groups with a few separators: ` `, `--`, ` / `, ` - `.
DIGITS = re.compile(r"[0-9]+(?:[\W_]{1,3}[0-9]+)*")
GROUP = re.compile(r"[0-9]+")
SHORTEST, LONGEST = 13, 19
SHOWN_AT_MOST = 10  # digits of a card number, by the rules of the networks


class Network(NamedTuple):
    """prefixes: ranges, each from the first to the last prefix, both of the same length."""

    name: str
    prefixes: tuple[tuple[str, str], ...]
    lengths: Container[int]

    def issues(self, digits: str) -> bool:
        """Returns whether a card of this network can have this number."""
        return len(digits) in self.lengths and any(
            first <= digits[: len(first)] <= last for first, last in self.prefixes
        )


# Issuer identification numbers (ISO/IEC 7812) as the networks publish them. Maestro shares the
# 6s with Discover and UnionPay. Its cards of 13 to 15 digits are rare, so only the prefixes that
# are known for them count there: "6" alone would match one in ten of all numbers.
NETWORKS = (
    Network("Visa", (("4", "4"),), {13, 16, 19}),
    Network("Mastercard", (("51", "55"), ("2221", "2720")), {16}),
    Network("American Express", (("34", "34"), ("37", "37")), {15}),
    Network(
        "Discover",
        (("6011", "6011"), ("644", "649"), ("65", "65"), ("622126", "622925")),
        range(16, 20),
    ),
    Network(
        "Diners Club",
        (("300", "305"), ("3095", "3095"), ("36", "36"), ("38", "39")),
        range(14, 20),
    ),
    Network("JCB", (("3528", "3589"),), range(16, 20)),
    Network("UnionPay", (("62", "62"), ("81", "81")), range(16, 20)),
    Network("Maestro", (("50", "50"), ("56", "58"), ("6", "6")), range(16, 20)),
    Network(
        "Maestro, shorter",
        tuple(
            (known, known)
            for known in ("5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763")
        ),
        range(13, 16),
    ),
)
CROSS_SUM_OF_TWICE = str.maketrans("0123456789", "0246813579")
# Whole texts whose digits may look like a card number by chance, one in ten to one in a few
# thousand: a date with a time, and a GUID with or without hyphens. If these were any looser, a card
# number could match them.
HARMLESS = re.compile(
    r"(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12][0-9]|3[01])/(?:19|20)[0-9]{2}"
    r"\s[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\s[AP]M)?"
    r"|\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"
    r"|\{?(?=[0-9]{0,31}[a-fA-F])[0-9a-fA-F]{32}\}?"  # only digits could be two card numbers
)


def masked(text: str, *, besides: Container[str] = ()) -> str:
    """Returns the text with all but the last four digits of every card number masked."""
    signs, plain = list(text), plain_digits(text)
    for start, end in _card_numbers(plain):
        if plain[start:end] not in besides and _digits(plain[start:end]) not in besides:
            places = [at for at in range(start, end) if plain[at].isdigit()]
            for at in places[:-4]:
                signs[at] = "*"
    return "".join(signs)


def masked_end(text: str) -> str:
    """Returns the text, which broke off, with what may be the beginning of a card number masked."""
    signs, plain = list(text), plain_digits(text)
    last = max((run.span() for run in DIGITS.finditer(plain)), default=(len(plain), len(plain)))
    places = [at for at in range(*last) if plain[at].isdigit()]
    if len(places) > SHOWN_AT_MOST and not any(map(str.isalnum, plain[last[1] :])):
        for at in places[:-4]:
            signs[at] = "*"
    return "".join(signs)


def card_numbers(text: str) -> set[str]:
    """Returns what looks like a card number in the text, with and without separators."""
    plain = plain_digits(text)
    found = {plain[start:end] for start, end in _card_numbers(plain)}
    return found | {_digits(stretch) for stretch in found}


def is_card_number(digits: str) -> bool:
    return passes_luhn(digits) and any(network.issues(digits) for network in NETWORKS)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    doubled = digits[-2::-2].translate(CROSS_SUM_OF_TWICE)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


def _card_numbers(plain: str) -> Iterator[tuple[int, int]]:
    """Tries from the start of any group of digits to the end of any: a run may contain more than
    the number (`4111 1111 1111 1111 12 26`)."""
    if len(plain) < SHORTEST or HARMLESS.fullmatch(plain.strip()):
        return
    for run in DIGITS.finditer(plain):
        groups = [group.span() for group in GROUP.finditer(plain, *run.span())]
        for first, (start, _) in enumerate(groups):
            digits = ""
            for begin, end in groups[first : first + LONGEST]:
                digits += plain[begin:end]
                if len(digits) > LONGEST:
                    break
                if len(digits) >= SHORTEST and is_card_number(digits):
                    yield start, end


def _digits(stretch: str) -> str:
    return "".join(GROUP.findall(stretch))
