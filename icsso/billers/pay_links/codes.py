"""The code in a pay link: an account's primary key, encrypted and authenticated, as 21 letters and
digits.

A tag of the key comes first, and the key is hidden by what the tag yields (a synthetic IV). So the
same account always has the same code, a code that was made up is recognized, and no row per link is
needed. The letters are those of Crockford's base 32: upper case, so that a QR code stays small, and
none that looks like a digit, so that a code can be typed from paper.
"""

from django.utils.crypto import constant_time_compare, salted_hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TAG, NUMBER = 8, 5  # bytes
LENGTH = 21  # of both, with 5 bits in each letter
LARGEST = 2 ** (8 * NUMBER) - 1  # of a primary key
MISREAD = str.maketrans("OIL", "011", "- ")
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def sealed(number: int, *, key: bytes) -> str:
    """Returns the code of a primary key."""
    plain = number.to_bytes(NUMBER)
    tag = _derived("tag", plain, key)[:TAG]
    return _letters(tag + _masked(plain, tag, key))


def opened(code: str, *, key: bytes) -> int:
    """Returns the primary key, or 0 if the code was not made with this key. Takes the same work."""
    letters = code[: 4 * LENGTH].upper().translate(MISREAD)
    content = _bytes(letters)
    tag = content[:TAG]
    plain = _masked(content[TAG:], tag, key)
    is_ours = constant_time_compare(tag, _derived("tag", plain, key)[:TAG])
    return int.from_bytes(plain) if is_ours and _letters(content) == letters else 0


def _derived(purpose: str, content: bytes, key: bytes) -> bytes:
    return salted_hmac(f"pay link {purpose}", content, secret=key, algorithm="sha256").digest()


def _masked(content: bytes, tag: bytes, key: bytes) -> bytes:
    """Hides the number, and shows it again."""
    mask = _derived("mask", tag, key)
    return bytes(one ^ other for one, other in zip(content, mask, strict=False))


def _letters(content: bytes) -> str:
    number = int.from_bytes(content)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def _bytes(letters: str) -> bytes:
    """Returns what the letters hold; nonsense for letters that are none."""
    values = [VALUES.get(letter, 0) for letter in letters[:LENGTH].ljust(LENGTH, "0")]
    number = sum(value << 5 * place for place, value in enumerate(reversed(values)))
    return (number % (1 << 8 * (TAG + NUMBER))).to_bytes(TAG + NUMBER)
