"""Why a payment was declined, in plain words.

Processors use a few English phrases of their own, such as "DECLINED - INSUFF FUNDS". Their usual
meanings are listed here, the more specific first. Other phrases are shown as they are.
"""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BY_CARD_COMPANY = _("Your bank or card company didn't allow it. Call them, or pay another way.")
# Lost, stolen, or suspicious: the person with the card is told no more than their bank would say.
NEUTRAL = _("This card can't be used here. Pay another way, or call your bank or card company.")
REASONS: Mapping[str, Promise] = {
    r"lost|stolen|pick ?up|fraud|capture card|suspected|security violation|restricted": NEUTRAL,
    r"insuff|not enough|\bnsf\b|\br01\b": _("There isn't enough money in the account."),
    r"expired|expir\w* date|invalid exp|\bexp date": _(
        "The card has expired, or the expiration date doesn't match. Check the date on the card."
    ),
    r"cvv|cvc|cid\b|csc\b|security code|card verification": _(
        "The security code doesn't match. It's the 3 or 4 digits on the card."
    ),
    r"\bavs\b|address (verif|mismatch|does not|not match)|"
    r"(zip|postal) (code )?(mis|does|not|in)": _(
        "The address or ZIP code doesn't match what your card company has. Enter it as it is on "
        "your card statement."
    ),
    r"(exceed|over|above)\w* .*(limit|amount|freq|max)|limit (exceed|reached)|over ?limit|"
    r"too many|activity limit": _(
        "It's more than your card allows. Pay a smaller amount, or pay another way."
    ),
    r"closed|frozen|blocked account|\br02\b|\br16\b": _(
        "The bank account is closed or can't be used. Pay from another account."
    ),
    r"no (such )?account|unable to locate|routing|\baba\b|\br0[34]\b|invalid (bank )?account|"
    r"bank account": _("The bank account wasn't found. Check the routing and account numbers."),
    r"(invalid|incorrect|bad|wrong|unknown) (card|credit|number|pan)|card (number|no\b)|"
    r"no such (card|issuer)|no (card|credit)": _("The card number isn't right. Check the number."),
    r"(incorrect|invalid|wrong) pin|\bpin\b": _("The PIN isn't right."),
    r"duplicate": _(
        "It looks like a payment that was just made. Check your bank or card account before you "
        "try again."
    ),
    r"not (supported|accepted|permitted|allowed)|unsupported|card type": _(
        "This kind of card or payment isn't accepted. Pay another way."
    ),
    r"unavailable|time(d)? ?out|try (again|later)|re-?enter|system error|processor error|"
    r"communication|network error|inoperative": _(
        "The bank couldn't be reached. Try again in a few minutes."
    ),
    r"honou?r|call|refer|issuer|general decline|^(card )?declined?\W*\d*$|not approved|"
    r"auth\w* (declined|failed)": BY_CARD_COMPANY,
}
KNOWN = [(re.compile(words), reason) for words, reason in REASONS.items()]
LONGEST = 200  # characters looked at


def reason_for(message: str) -> str:
    """Returns a sentence in the reader's language, or "" for words that are not known."""
    words = " ".join(re.sub(r"[_\-/:;,.]+", " ", message[:LONGEST].lower()).split())
    return next((str(reason) for known, reason in KNOWN if known.search(words)), "")
