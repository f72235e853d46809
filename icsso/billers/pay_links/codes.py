"""The code in a pay link: an account's primary key, encrypted and authenticated, as 21 letters and
digits.

A tag of the key comes first, and the key is masked with a value derived from the tag (a synthetic
IV). So the same account always has the same code, a made-up code is recognized, and no row per link
is needed. The alphabet is Crockford's base 32: upper case, so that a QR code stays small, and
without letters that look like digits, so that a code can be typed from paper.
"""

from django.utils.crypto import constant_time_compare, salted_hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TAG, NUMBER = 8, 5  # bytes
LENGTH = 21  # of both, with 5 bits per character
LARGEST = 2 ** (8 * NUMBER) - 1  # of a primary key
MISREAD = str.maketrans("OIL", "011")
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def sealed(number: int, *, key: bytes) -> str:
    """Returns the code of a primary key."""
    plain = number.to_bytes(NUMBER)
    tag = _derived("tag", plain, key)[:TAG]
    return _letters(tag + _masked(plain, tag, key))


def opened(code: str, *, key: bytes) -> int:
    """Returns the primary key, or 0 for another key's code, in the same time. Blanks and hyphens
    don't count, nor does what a mail program adds at the end."""
    letters = "".join(filter(str.isalnum, code[: 4 * LENGTH])).upper().translate(MISREAD)[:LENGTH]
    content = _bytes(letters)
    tag = content[:TAG]
    plain = _masked(content[TAG:], tag, key)
    is_ours = constant_time_compare(tag, _derived("tag", plain, key)[:TAG])
    return int.from_bytes(plain) if is_ours and _letters(content) == letters else 0


def _derived(purpose: str, content: bytes, key: bytes) -> bytes:
    return salted_hmac(f"pay link {purpose}", content, secret=key, algorithm="sha256").digest()


def _masked(content: bytes, tag: bytes, key: bytes) -> bytes:
    """Masks the number, and unmasks it."""
    mask = _derived("mask", tag, key)
    return bytes(one ^ other for one, other in zip(content, mask, strict=False))


def _letters(content: bytes) -> str:
    number = int.from_bytes(content)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def _bytes(letters: str) -> bytes:
    """Returns the bytes of the characters; arbitrary bytes if the characters are invalid."""
    values = [VALUES.get(letter, 0) for letter in letters[:LENGTH].ljust(LENGTH, "0")]
    number = sum(value << 5 * place for place, value in enumerate(reversed(values)))
    return (number % (1 << 8 * (TAG + NUMBER))).to_bytes(TAG + NUMBER)
