"""Which names are accepted as proof of a name in the CIS."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from unicodedata import east_asian_width

from accounts.linked_accounts.names import (
    addressed,
    census,
    cut_names,
    last_names,
    whole_names,
)
from accounts.linked_accounts.names.doubt import is_misspelled
from accounts.linked_accounts.names.folding import (
    JOINED,
    LOST_LETTER,
    MAY_BE_LOST,
    other_saint,
    spelled_out,
    squeezed_with_and,
    squeezed_words,
    written_out,
)
from accounts.linked_accounts.names.parsing import (
    HYPHEN,
    INITIALS,
    bearers,
    business_names,
    full,
    in_speech,
    is_business,
    name_words,
    other_names,
    parts,
    without_article,
    without_beside,
    without_legal_form,
    without_number,
    without_status,
    without_trust,
)
from accounts.linked_accounts.names.words import (
    FEWEST_LETTERS,
    LAST_NAMES_TOO,
    LEGAL_FORMS,
    NO_NAME,
    NOBODYS,
    OF_BUSINESSES,
    OF_TRUSTS,
    PARTICLES,
    PREFIXES,
    STATUS_WORDS,
)
from icsso.billers.models import Biller
from icsso.client.plain_signs import repaired, squeezed

UNKNOWN = Biller.NameOrder.UNKNOWN
MOST_SAME = 3  # the same letter in a name: AAA
DIGITS_OF_A_NUMBER = 5  # 7-11 is a name


@dataclass
class NameProof:
    """What proves one name in the CIS: a name out of `accepted`, or a line that fits."""

    known: str
    order: Biller.NameOrder

    def __post_init__(self) -> None:
        self.known = repaired(self.known)

    @cached_property
    def accepted(self) -> set[str]:
        return accepted_names(self.known, self.order)

    @cached_property
    def line(self) -> addressed.Line:
        cut = (name for name, word in _readings(self.known, self.order))
        names = [without_trust(name) for name in {*other_names(self.known), *cut}]
        people = [name for name in names if not is_business(name)]
        return addressed.line(
            people, self.order, strong=self.accepted, cut=self._cut_word, whole=self._whole
        )

    def is_given_by(self, typed: str) -> bool:
        return self.accepts(Typed(typed))

    def accepts(self, typed: "Typed") -> bool:
        if typed.forms & self.accepted - self._run_together.intersection(typed.unhyphenated):
            return True
        if not self.accepted or self.order == UNKNOWN:
            return False
        if self._cut_word and any(form.startswith(self._whole) for form in typed.forms):
            return True
        return self.line.fits(typed.words)

    @cached_property
    def _run_together(self) -> set[str]:
        """Returns "clarke" for "Clark E", and "johnson" for "John Smith & Son": as one word, it is
        another last name."""
        people = [name_words(person) for person in parts(without_trust(self.known))]
        words = [word for person in people for word in person]
        initials = [word for word in words if len(word) == 1]
        is_given = {word: census.given(word) >= census.COMMON_GIVEN_NAME for word in words}
        given = {word for word in words if is_given[word] and word not in PARTICLES | PREFIXES}
        joined = {word + end for word in full(words) for end in (*initials, "".join(initials))}
        joined |= {
            word + end
            for one, other in product(people, people)
            for word, end in product(one, other)
            if (one is not other and len(word) > 1) or word in given
        }
        return {name for name in joined if census.is_listed(name)} - {*words}

    @cached_property
    def _whole(self) -> str:
        return squeezed(self.known)

    @cached_property
    def _cut_word(self) -> str:
        return cut_names.cut_word(self.known)


@dataclass
class Typed:
    """What a customer typed, in the forms that are compared with names."""

    text: str

    @cached_property
    def forms(self) -> set[str]:
        return spellings(self.text)

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)

    @cached_property
    def unhyphenated(self) -> list[str]:
        return words_of(HYPHEN.sub(" ", self.text))


def accepted_names(known: str, order: Biller.NameOrder = UNKNOWN) -> set[str]:
    """Returns, squeezed, what is accepted as proof of a name in the CIS; empty if the name is too
    weak to prove anything.

    If the order of names is not known, the whole name is needed, in either order, or the last name
    before a comma. If it is known, a last name is enough.
    """
    if is_weak(known, order):
        return set()
    known = repaired(known)
    if LOST_LETTER.search(known):  # Mu?oz
        found = (LOST_LETTER.sub(letter, known) for letter in MAY_BE_LOST)
        return {name for each in found for name in accepted_names(each, order)}
    accepted = {squeezed(known), squeezed_with_and(known)}
    other = known if known.isascii() else written_out(known)
    for text in {known, other, other_saint(known)}:
        for name in other_names(text):
            accepted |= set(_of_name(name, order))
        accepted |= set(_of_cut_name(text, order))
        for name in {bearers(text), *business_names(text)}:
            if not _is_nobodys(name) and not (name != known and _is_given(name)):
                accepted |= set(_of_business(name))
    accepted -= cut_names.doubtful(known, order)
    accepted = {name for name in accepted if not is_misspelled(name)}  # Lê deceeased
    return {name for name in accepted if _is_strong(name, is_order_known=order != UNKNOWN)}


def _of_cut_name(known: str, order: Biller.NameOrder) -> Iterator[str]:
    for name, word in _readings(known, order):
        is_enough = not word or cut_names.proves(word, cut_names.beginning(known))
        yield from (one for one in _of_name(name, order) if is_enough or word not in one)


def _readings(known: str, order: Biller.NameOrder) -> Iterator[tuple[str, str]]:
    names = other_names(known)
    if names and cut_names.may_be_cut(known):
        yield from cut_names.readings(names[-1], order)


def _is_nobodys(known: str) -> bool:
    """Whether there is no name, or only a given name, initials, a number (some write that of the
    account there), or a phrase such as FOR SALE."""
    words, whole = squeezed_words(known), squeezed(known)
    is_filler = len(whole) > MOST_SAME and len({*whole}) == 1  # XXXXX
    if is_filler or whole.removesuffix("of") in NOBODYS:
        return True
    if sum(map(str.isdigit, known)) >= DIGITS_OF_A_NUMBER and not any(map(str.isalpha, known)):
        return True
    if all(len(word) == 1 or word in NO_NAME for word in words):
        return not (LEGAL_FORMS & set(words) and any(len(word) == 1 for word in words))
    named = name_words(known)
    names = full(named)
    is_given = len(names) == 1 and census.is_mostly_given(names[0])
    return is_given or (len(named) == 1 and _is_any_business(named[0]))


def _is_any_business(word: str) -> bool:
    """Whether it is a word like Bank, and not Church, which is also a last name of many."""
    return word in OF_BUSINESSES and census.last(word) < census.LISTED_OFTEN


def _is_given(business: str) -> bool:
    words = squeezed_words(business)
    return len(words) == 1 and census.given(words[0]) >= census.COMMON_GIVEN_NAME


def _of_name(name: str, order: Biller.NameOrder) -> Iterator[str]:
    holder = name if order == UNKNOWN else without_trust(name)
    if is_business(name):
        yield from _of_business(name)
    if is_business(holder):
        return
    yield from whole_names.of_people(holder, order)
    if order != UNKNOWN:
        yield from last_names.of_people(holder, order)


def _of_business(name: str) -> Iterator[str]:
    """Of James LLC, James alone is a given name."""
    for spelling in _spellings_of_business(name):
        if spelling == squeezed(name) or not census.is_common_given(spelling):
            yield spelling


def _spellings_of_business(name: str) -> Iterator[str]:
    for text in {name, without_status(name), in_speech(name), without_number(name)}:
        yield from (squeezed(text), without_legal_form(text))
        yield squeezed(spelled_out(text))
        if without_legal_form(text) != squeezed(text):
            yield without_legal_form(spelled_out(text))
        yield without_legal_form(JOINED.sub(" and ", text))
        yield without_article(text)
    if cut_names.may_be_cut(name):
        yield cut_names.without_cut_form(name)


def _is_strong(name: str, *, is_order_known: bool) -> bool:
    if name in LAST_NAMES_TOO:
        return is_order_known
    if name in NO_NAME or name in PARTICLES or name in PREFIXES:
        return False
    is_short_last_name = len(name) > 1 and census.last(name) > census.UNLISTED
    # One sign of Chinese or Japanese says as much as a syllable.
    letters = sum(2 if east_asian_width(sign) == "W" else 1 for sign in name)
    return letters >= FEWEST_LETTERS or (is_order_known and is_short_last_name)


def spellings(typed: str) -> set[str]:
    """Returns, squeezed, what a customer may mean by what they typed: "The Smith Family", "Mr. and
    Mrs. Smith", and "Smith" are one name."""
    typed = repaired(typed)
    return {
        squeezed(typed),
        squeezed(spelled_out(typed)),
        squeezed_with_and(typed),
        squeezed(written_out(typed)),
        _without_address(typed),
    }


def _without_address(typed: str) -> str:
    words = full(squeezed_words(JOINED.sub(" and ", without_beside(without_trust(typed)))))
    kept = [word for word in words if word not in STATUS_WORDS and word not in OF_TRUSTS]
    while kept and kept[0] == "and":
        kept = kept[1:]
    return "".join(kept)


def words_of(typed: str) -> list[str]:
    """Returns the names and initials, without titles and what joins people."""
    text = INITIALS.sub(r"\1. ", without_beside(without_trust(repaired(typed))))
    words = squeezed_words(JOINED.sub(" ", text))
    return [word for word in words if word not in STATUS_WORDS and word not in OF_TRUSTS]


def is_weak(known: str, order: Biller.NameOrder) -> bool:
    """Returns whether no name alone proves such an account: `accepted_names` is empty."""
    known = repaired(known)
    whole = squeezed(known)
    return _is_nobodys(known) or not _is_strong(whole, is_order_known=order != UNKNOWN)


def is_written(typed: str, known: str) -> bool:
    """Returns whether it is the name as the CIS has it: enough beside another proof for a name that
    is weak, such as one given name."""
    words, whole = set(squeezed_words(known)) - NO_NAME - PARTICLES, squeezed(known)
    return bool(words) and whole not in NOBODYS and squeezed(typed) == whole
