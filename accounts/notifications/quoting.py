"""Words that a person chose, in an email: whoever knows a password can name a passkey, and must not
write the rest of the email with it."""

import re
import unicodedata

from backoffice.bidi import isolated

LONGEST = 60  # characters
# What mail programs make a link of: a dot before a letter, an address before or after its sign, and
# what a link begins with. A space after it makes none.
LINK = re.compile(r"(?<=\S)([.:@。．｡])(?=[^\W\d]|/)")
QUOTES = str.maketrans(dict.fromkeys('"“”„«»', "'"))


def quotable(words: str) -> str:
    """Returns the words for between quotation marks: on one line, without what is invisible, no
    longer than a name, and such that programs see no host name or email address in them."""
    seen = "".join(
        " " if sign.isspace() else sign
        for sign in words
        if sign.isspace() or unicodedata.category(sign) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    line = " ".join(seen.translate(QUOTES).split())[:LONGEST].rstrip()
    return isolated(LINK.sub(r"\1 ", line))
