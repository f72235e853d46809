"""Card numbers as the networks issue them, and grouped as people write them."""

from hypothesis import strategies as st

from payments.postbacks.card_numbers import passes_luhn

# The table of ISO/IEC 7812 prefixes once more, by hand: the product's table must agree with it.
ISSUED = {
    "Visa": (["4"], [13, 16, 19]),
    "Mastercard": (["51", "52", "53", "54", "55", "2221", "2299", "2300", "2699", "2720"], [16]),
    "American Express": (["34", "37"], [15]),
    "Discover": (["6011", "644", "649", "65", "622126", "622500", "622925"], [16, 17, 18, 19]),
    "Diners Club": (["300", "305", "3095", "36", "38", "39"], [14, 15, 16, 17, 18, 19]),
    "JCB": (["3528", "3550", "3589"], [16, 17, 18, 19]),
    "UnionPay": (["62", "81"], [16, 17, 18, 19]),
    "Maestro": (["50", "56", "57", "58", "60", "63", "67", "69"], [16, 17, 18, 19]),
    "Maestro, shorter": (["5018", "6304", "6759", "6763"], [13, 14, 15]),
}
GROUPS = {
    "in fours": [4] * 5,
    "4-6-5": [4, 6, 9],
    "6-13": [6, 13],
    "in fives": [5] * 4,
    "one": [19],
}
# Between groups: spaces, hyphens, dashes, dots, and signs that cannot be seen.
SEPARATORS = " \t\u00a0\u2007\u202f\u2009-\u2010\u2011\u2013\u2014\u2212._/,:\u200b\u00b7"


def with_check_digit(digits: str) -> str:
    return next(digits + last for last in "0123456789" if passes_luhn(digits + last))


@st.composite
def pans(draw: st.DrawFn, network: str = "") -> str:
    prefixes, lengths = ISSUED[network or draw(st.sampled_from(sorted(ISSUED)))]
    prefix, length = draw(st.sampled_from(prefixes)), draw(st.sampled_from(lengths))
    rest = length - len(prefix) - 1
    return with_check_digit(prefix + draw(st.text("0123456789", min_size=rest, max_size=rest)))


@st.composite
def written_pans(draw: st.DrawFn) -> tuple[str, str]:
    """Returns the digits, and the same digits in groups of any length, as somebody might write
    them."""
    number = draw(pans())
    between = draw(st.sampled_from(["", " - ", *SEPARATORS]))
    sizes, groups, rest = GROUPS[draw(st.sampled_from(sorted(GROUPS)))], [], number
    for size in sizes:
        groups.append(rest[:size])
        rest = rest[size:]
    return number, between.join(group for group in groups if group)
