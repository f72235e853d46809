"""The words that name a member: to refuse them where they would stay, and to take them out of what
staff wrote."""

import re
from collections.abc import Callable

from accounts.models import Member
from accounts.models.search_indexes import phone_key
from accounts.privacy.addresses import emails_of

WORD = re.compile(r"\w+")
PHONE = re.compile(r"\+?\(?\d[\d\s().-]{5,18}\d")
SHORT = 2  # letters: initials, and "of"
ERASED = "[erased]"
# Words that a reason needs, though a company or a nickname may have them too.
COMMON = {
    *("account", "and", "asked", "bank", "bill", "charge", "checked", "cloud", "customer", "email"),
    *("for", "home", "house", "identity", "invoice", "letter", "office", "paid", "payment"),
    *("person", "phone", "refund", "request", "requested", "returned", "the", "was", "with"),
}


def names_of(member: Member) -> set[str]:
    """Returns the words of the account holders' names and of the nicknames."""
    names = member.all_links.values_list("account__name", "nickname")
    return {word for pair in names.iterator() for word in words_in(" ".join(pair))} - COMMON


def words_in(text: str) -> set[str]:
    return {word for word in WORD.findall(text.casefold()) if len(word) > SHORT}


def without(member: Member) -> Callable[[str], str]:
    """Returns a function that takes the member's names, emails, and phone numbers out of a text."""
    emails = {*emails_of(member), *member.all_links.values_list("account__email", flat=True)}
    listed = "|".join(map(re.escape, sorted(filter(None, emails), key=len, reverse=True)))
    email = re.compile(listed, re.IGNORECASE) if listed else None
    names = names_of(member)
    listed_phones = member.all_links.values_list("account__phone", flat=True)
    phones = {phone_key(phone) for phone in listed_phones} - {""}

    def clean(text: str) -> str:
        text = email.sub(ERASED, text) if email else text
        text = PHONE.sub(lambda found: ERASED if phone_key(found[0]) in phones else found[0], text)
        return WORD.sub(lambda found: ERASED if found[0].casefold() in names else found[0], text)

    return clean
