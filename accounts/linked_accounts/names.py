"""Names as a CIS spells them: which words of one prove that somebody is its bearer."""

import re
import unicodedata

LEGAL_FORMS = {"llc", "llp", "lp", "inc", "incorporated", "corp", "corporation", "co", "company"}
LEGAL_FORMS |= {"ltd", "limited", "pc", "pllc", "dba", "trust"}
AFTER_A_NAME = {"jr", "sr", "ii", "iii", "iv", "md", "dds", "phd", "esq"}
# In front of a last name, and part of it. They make no name longer.
PARTICLES = {"de", "del", "la", "las", "los", "da", "das", "do", "dos", "di", "du", "le", "y"}
PARTICLES |= {"van", "von", "der", "den", "ter", "ten", "el", "al", "bin", "ibn", "st", "san"}
MOST_WORDS = 3  # of a person: first, middle and last name

# With one of these or its plural, a name is a business's.
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
OF_BUSINESSES = _SINGULAR | _PLURAL - {"banks", "waters"}  # last names, and common ones


def accepted_names(known: str) -> set[str]:
    """Squeezed: the whole name, and the last name of what reads as a person's."""
    words = _words(known)
    accepted = {squeezed(known), "".join(w for w in words if w not in LEGAL_FORMS)} - {""}
    if LEGAL_FORMS & set(words):
        return accepted
    if "," in known:  # LINDQVIST, GEORGE
        return accepted | {squeezed(known.split(",", maxsplit=1)[0])}
    if _is_business(words):
        return accepted
    for person in re.split(r"&|\band\b", known, flags=re.IGNORECASE):
        parts = [word for word in _words(person) if word not in AFTER_A_NAME]
        if len([word for word in parts if word not in PARTICLES]) <= MOST_WORDS:
            # Each ending, for last names of several words: Cruz, la Cruz, de la Cruz.
            accepted |= {"".join(parts[start:]) for start in range(1, len(parts))}
    return accepted


def squeezed(text: str) -> str:
    """Without case, accents, spaces and punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if sign.isalnum())


def _is_business(words: list[str]) -> bool:
    """Its last word would prove nothing: it says what is sold there, and stands over the door."""
    return any(word in OF_BUSINESSES or not word.isalpha() for word in words)


def _words(text: str) -> list[str]:
    return [word for word in map(squeezed, text.split()) if word]
