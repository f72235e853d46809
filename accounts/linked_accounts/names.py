"""Names as a CIS spells them: which words of a name are accepted as proof."""

import re
import unicodedata
from collections.abc import Iterator

LEGAL_FORMS = {"llc", "llp", "inc", "incorporated", "corp", "corporation", "company", "ltd"}
LEGAL_FORMS |= {"limited", "pllc", "dba"}
# Also names of people and families: left out only if two words remain.
AMBIGUOUS_FORMS = {"co", "lp", "pc", "trust"}
# Never part of a name, and so not proof of one.
_STATUS_WORDS = """
aka etal etux etvir fka nka attn attention deceased decd decedent executor executrix guardian
conservator custodian heir heirs landlord lessee lessees occupant occupants owner owners renter
renters resident residents tenant tenants trustee trustees ttee ttees poa vacant unknown
dr hon miss mr mrs ms mx prof professor rev reverend sra srta
jr sr ii iii iv md dds dvm esq phd
"""
STATUS_WORDS = set(_STATUS_WORDS.split())
# Before a last name, and part of it.
PARTICLES = {"de", "del", "la", "las", "los", "da", "das", "do", "dos", "di", "du", "le", "y"}
PARTICLES |= {"van", "von", "der", "den", "ter", "ten", "el", "al", "bin", "ibn", "st", "san"}
NO_NAME = STATUS_WORDS | LEGAL_FORMS | AMBIGUOUS_FORMS
NO_NAME |= {"current", "estate", "estateof", "careof", "family", "and", "the", "of", "vir"}
FEWEST_LETTERS = 3

_JOINED = re.compile(r"&|\+|/|;|\b(?:and|or|aka|a/k/a)\b", re.IGNORECASE)
_BESIDE = re.compile(r"\([^)]*\)|\best(?:ate)? of\b|\bet (?:al|ux|vir)\b", re.IGNORECASE)
_CARE_OF = re.compile(r"\bc/o\b|\bcare of\b|\battn\b|%", re.IGNORECASE)
# Letters that are a single character, and so don't split into a plain letter and an accent.
_PLAIN = str.maketrans(
    {"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)

# A name with one of these words or its plural is a business name.
_WORDS_OF_BUSINESSES = """
academy administration agency apartment associate association assoc auto autobody automotive bakery
bank bar barbershop bbq beauty bistro board boutique brewery brother bros building cafe campus
car care catering center centre chapel charity child childcare church cinema city cleaner cleaning
clinic club coffee college commission committee community condo condominium construction
consulting contractor cooperative coop council county credit dairy daycare deli dental dentistry
department depot development diner district electric electronics energy engineering enterprise
equipment estate express fabrication factory farm federal fellowship financial firm fitness florist
food foundation fuel funeral furniture gallery garage gas grill grocery group gym hair hardware
health healthcare heating heritage hoa holding home homeowner hospital hotel housing inn institute
insurance international investment jewelry kitchen laboratory labs landscaping laundromat laundry
law library liquor lodge logistics lounge lumber machine mall management manufacturing market
mart medical memorial mini ministry mobile mortgage mosque motel motor municipal museum nail
national nursery nursing office optical organization owner parish partner partnership payroll
pharmacy photography pizza pizzeria plaza plumbing preschool printing production products project
property pub public radio realty recreation rental repair residence resort restaurant retail
roofing salon saloon school security self service shop shopping society solution spa sport
station storage store studio supermarket supply surgery synagogue system tavern taxi technology
temple theater theatre tire tool township trading trailer training transport travel trucking union
university usa utilities utility veterinary village warehouse water wholesale workshop
carniceria iglesia lavanderia mercado panaderia peluqueria restaurante taller taqueria tienda
sons the of for
"""
_SINGULAR = set(_WORDS_OF_BUSINESSES.split())
_PLURAL = {word.removesuffix("y") + "ies" for word in _SINGULAR if word.endswith("y")}
_PLURAL |= {f"{word}{ending}" for word in _SINGULAR for ending in ("s", "es")}
OF_BUSINESSES = _SINGULAR | _PLURAL - {"banks", "waters"}  # common last names


def accepted_names(known: str) -> set[str]:
    """Returns, squeezed, what is accepted as proof of a name in the CIS.

    Whether a name without a comma starts with the last or the first name is unknown, so the whole
    name is needed, in either order. With a comma, the last name before it is enough.
    """
    if all(word in NO_NAME for word in _words(known)):
        return set()
    # "Ana Torres c/o Maria Cruz" is Ana's account.
    bearers = next((part for part in _CARE_OF.split(known) if part.strip()), "")
    accepted = {squeezed(known), squeezed_with_and(known)}
    if _is_business(bearers):
        accepted |= {squeezed(bearers), _without_legal_form(bearers)}
    else:
        accepted |= set(_of_persons(bearers))
    weak = NO_NAME | PARTICLES
    return {name for name in accepted if len(name) >= FEWEST_LETTERS and name not in weak}


def squeezed(text: str) -> str:
    """Returns the text without case, accents, spaces, and punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(sign for sign in decomposed if sign.isalnum())


def squeezed_with_and(text: str) -> str:
    """Returns the text squeezed, with "and" for whatever joins two names."""
    return squeezed(_JOINED.sub(" and ", text))


def _of_persons(bearers: str) -> Iterator[str]:
    written = _parts(bearers)
    persons = [_name_words(part) for part in written]
    for person in persons:
        yield from _in_either_order(person)
    yield from _sharing_a_last_name(persons)
    # In "John, Mary and Sam Smith", the comma does not follow a last name.
    if all("," in part or len(_full(_name_words(part))) < 2 for part in written):
        for part in written:
            yield from _last_name(part)


def _last_name(person: str) -> Iterator[str]:
    """Returns what is before the comma if a first name follows: Cruz, la Cruz, de la Cruz."""
    parts = [words for words in map(_name_words, person.split(",")) if words]
    if len(parts) == 2:
        last = parts[0]
        one_name = len(_significant(last)) == 1
        yield from ("".join(last[start:]) for start in (range(len(last)) if one_name else [0]))


def _sharing_a_last_name(persons: list[list[str]]) -> Iterator[str]:
    """For "George & Rosa Lindqvist" or "Lindqvist George & Rosa": the one without a last name."""
    for place, person in enumerate(persons):
        if len(_full(person)) == 1:
            first, last = persons[0] if place else [], persons[-1] if person != persons[-1] else []
            shared = [first[:end] for end in range(1, len(first))]
            shared += [last[start:] for start in range(1, len(last))]
            for name in filter(_significant, shared):
                yield from _in_either_order([*person, *name])


def _in_either_order(words: list[str]) -> Iterator[str]:
    """Returns the name with and without initials; nothing if it has fewer than two full words."""
    if len(_full(words)) > 1:
        for kept in (words, _full(words)):
            yield from ("".join(kept[start:] + kept[:start]) for start in range(len(kept)))


def _full(words: list[str]) -> list[str]:
    return [word for word in words if len(word) > 1]


def _significant(words: list[str]) -> list[str]:
    return [word for word in _full(words) if word not in PARTICLES]


def _without_legal_form(name: str) -> str:
    kept = [word for word in _words(name) if word not in LEGAL_FORMS]
    if len(kept) > 2 and kept[-1] in AMBIGUOUS_FORMS:
        kept.pop()
    return "".join(kept)


def _is_business(name: str) -> bool:
    """Returns whether this is a business name. Parts of one prove nothing: they are public."""
    words = _words(name)
    if LEGAL_FORMS & set(words) or AMBIGUOUS_FORMS & set(words[-1:]):
        return True
    # Before a comma is a last name, whatever it means.
    words = [word for part in _parts(name) for word in _name_words(part.rpartition(",")[2])]
    return any(word in OF_BUSINESSES or not word.isalpha() for word in words)


def _parts(bearers: str) -> list[str]:
    """Returns each name as written, without parentheses and the like."""
    parts = _JOINED.split(_BESIDE.sub(" ", bearers))
    return [part for part in parts if _name_words(part)]


def _name_words(text: str) -> list[str]:
    return [word for word in _words(text) if word not in STATUS_WORDS]


def _words(text: str) -> list[str]:
    return [word for word in map(squeezed, re.split(r"[\s,]+", text)) if word]
