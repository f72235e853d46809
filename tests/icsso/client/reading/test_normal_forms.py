"""The normal form of each kind of value: whatever is typed, it is reached in one step, and nothing
that a table refuses is read."""

import unicodedata
from datetime import date, datetime
from decimal import Decimal

import idna
import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.fields import NormalEmailField, email_field
from accounts.linked_accounts.names.accepted import NameProof
from accounts.linked_accounts.proof import zip_proves
from icsso.billers.models import Biller
from icsso.client.moments import NEVER, day, moment
from icsso.client.parsing import account_key, email_address, money, phone_number, zip_code
from icsso.client.plain_signs import search_key, squeezed

FORMS = st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])
letters = st.characters(min_codepoint=0x21, max_codepoint=0x17F, categories=["L", "N"])
words = st.text(letters, min_size=1, max_size=12)
moments = (
    st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001
    .map(lambda when: when.replace(microsecond=0))
    .filter(lambda when: (when.year, when.month, when.day) not in NEVER)
)
plain_words = st.text("abcXYZ019", min_size=1, max_size=12)
cents = st.integers(-(10**10), 10**10).map(lambda n: Decimal(n) / 100)


@given(st.text(max_size=60))
def test_a_normal_form_is_its_own(text: str) -> None:
    for form in (account_key, email_address, phone_number, search_key, squeezed):
        assert form(form(text)) == form(text)
    code = zip_code(text, restores_zeros=False)
    assert zip_code(code, restores_zeros=False) == code


@given(plain_words, FORMS, st.sampled_from(["", " ", "-", "\u2013", "\u200b", "."]))
def test_marks_between_the_signs_of_an_account_number_count_for_nothing(
    number: str, form: str, mark: str
) -> None:
    written = unicodedata.normalize(form, mark.join(number.swapcase()))
    assert account_key(written) == account_key(number)


@given(plain_words, plain_words, st.sampled_from([".com", ".org"]), FORMS)
def test_an_address_is_the_same_in_every_spelling(
    name: str, domain: str, end: str, form: str
) -> None:
    address = f"{name}@{domain}{end}"
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in address)
    spellings = (f" {address.upper()}. ", wide, f"\u200b{address}\u00a0", f"{address}\n")
    for spelling in (address, *spellings):
        assert email_address(unicodedata.normalize(form, spelling)) == address.lower()


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("ana@müller.example", "ana@xn--mller-kva.example"),
        ("ANA@MÜLLER.example.", "ana@xn--mller-kva.example"),
        ("ana＠example.com", "ana@example.com"),
        ("ana@example.com.", "ana@example.com"),
        ("\u202aana@example.com\u202c", "ana@example.com"),
        ("ana@STRAẞE.example", "ana@xn--strae-oqa.example"),
        ("ana@βόλος.example", "ana@xn--nxasmm1c.example"),
        ("ana@ex\u200cample.com", "ana@example.com"),
        ("ana@mül\u200dler.example。\u200f", "ana@xn--mller-kva.example"),
        ("\u202bana@نامه\u200cای.com\u202c", "ana@xn--mgba3gch31f060k.com"),
        ("ana", "ana"),
        ("ana@", "ana@"),
        ("Eve <ana@example.com>", "eve <ana@example.com>"),  # only in a file it is an address
        ("mailto:ana@example.com", "mailto:ana@example.com"),
        ("ana @example.com", "ana @example.com"),
        ("\r\nana@example.com.\r\n", "ana@example.com"),
        ("ana@example.co\nm", "ana@example.co m"),  # two lines; no address at all
        ("ana@müller.example\r\nThanks", "ana@müller.example  thanks"),
        ("ana@example.com\tuk", "ana@example.com uk"),
        ("a@example.com, b@example.com", "a@example.com, b@example.com"),
    ],
)
def test_which_addresses_are_one(typed: str, same: str) -> None:
    assert email_address(typed) == same


# Letters that IDNA 2003 makes others of, and signs that no domain may have.
OTHERS = st.sampled_from(["ß", "ς", "\u200c", "\u200d", "❤", "ü"])


@given(plain_words, OTHERS, plain_words)
def test_no_domain_is_taken_for_another_ones(before: str, other: str, after: str) -> None:
    """What comes out is the same domain in DNS, or a form does not take it."""
    domain = f"{before}{other}{after}.example".lower()
    found = email_address(f"ana@{domain}").partition("@")[2]
    if other in {"\u200c", "\u200d"}:  # of no meaning among Latin letters
        assert found == domain.replace(other, "")
    elif found.isascii():
        assert idna.decode(found) == unicodedata.normalize("NFC", domain)
    else:
        with pytest.raises(ValidationError):
            NormalEmailField().clean(f"ana@{domain}")


@pytest.mark.parametrize(
    "address",
    [
        *("ana@[192.0.2.1]", "ana@localhost", '"ana"@example.com', f"{'a' * 65}@example.com"),
        *("ana @example.com", "a@example.com b@example.com", "a@example.com, b@example.com"),
    ],
)
def test_what_no_mail_provider_gives_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        email_field(is_new=True).clean(address)


def test_a_known_address_of_a_rare_form_still_signs_in() -> None:
    assert email_field().clean("ana@localhost") == "ana@localhost"


@pytest.mark.parametrize("domain", ["i❤.example", "ß❤.example", f"{'ü' * 64}.example"])
def test_a_domain_that_dns_cannot_have_is_refused(domain: str) -> None:
    with pytest.raises(ValidationError):
        NormalEmailField().clean(f"ana@{domain}")


@given(st.text("0123456789 ()-.", max_size=12), st.text("abc /,;", max_size=5), words)
def test_a_phone_number_is_part_of_what_was_written(one: str, between: str, other: str) -> None:
    found = phone_number(f"{one}{between}{other}")
    assert found in f"{one}{between}{other}"
    assert not found or 7 <= sum(sign.isdigit() for sign in found) <= 21


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("617-555-0177 ext. 12", "617-555-0177 ext. 12"),
        ("call (617) 555-0177 after 5", "(617) 555-0177"),
        ("617-555-0163 home / 617-555-0164 cell", "617-555-0163"),
        ("+1 617 555 0177", "+1 617 555 0177"),
        ("see notes", ""),
        ("5550", ""),
        ("12345678901234567890", ""),
    ],
)
def test_one_phone_number_of_a_cell(text: str, number: str) -> None:
    assert phone_number(text) == number


@given(cents, st.sampled_from(["{}", "{:.2f}", "{:.4f}", "${:,.2f}", "{:,.2f} "]))
def test_money_is_read_as_it_was_written(amount: Decimal, form: str) -> None:
    assume(abs(amount) < 10**7)
    assert money(form.format(abs(amount))) == abs(amount)
    if amount:
        for credit in (f"({form})", f"-{form}", f"{form}-", f"{form} CR"):
            assert money(credit.format(abs(amount))) == -abs(amount)


@given(st.text("0123456789.,$-+()eE CR/", max_size=14))
def test_money_is_never_a_guess(text: str) -> None:
    try:
        amount = money(text)
    except ValueError:
        return
    assert money(str(amount)) == amount
    digits = "".join(sign for sign in text if sign.isdigit() or sign == ".")
    assert abs(Decimal(digits.rstrip("."))) == abs(amount)


@given(moments)
def test_a_moment_is_read_as_it_was_written(when: datetime) -> None:
    for form in ("%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M:%S"):
        assert moment(when.strftime(form)) == when
    for form in ("%m/%d/%Y", "%d-%b-%Y", "%Y-%m-%d"):
        assert moment(when.strftime(form)) == when.date()
        assert day(when.strftime(form)) == when.date()


@given(st.text("0123456789/-: APMTZ.", max_size=22))
def test_a_moment_is_read_or_refused(text: str) -> None:
    try:
        read = moment(text)
    except ValueError:
        return
    assert read is None or isinstance(read, date)


@given(st.integers(500, 99_997), st.integers(1, 9999))
def test_a_zip_code_proves_itself_and_no_other(number: int, four: int) -> None:
    code = f"{number:05}"
    for known in (code, str(number), f"{code}-{four:04}", f"{number}{four:04}"):
        assert zip_proves(code, known)
        assert zip_proves(f"{code}-0000", known)
        assert not zip_proves(f"{number + 1:05}", known)
    assert zip_proves(str(number), code) is (number >= 10_000)


@pytest.mark.parametrize(
    "filler", ["00000", "99999", "99999-9999", "\u0669\u0669\u0669\u0669\u0669"]
)
def test_what_stands_for_an_unknown_zip_code_proves_nothing(filler: str) -> None:
    assert not zip_proves(filler, filler)


def test_a_zip_code_is_read_in_the_digits_of_every_script() -> None:
    assert zip_proves("\u0666\u0662\u0667\u0660\u0661", "62701")
    assert not zip_proves("\u0666\u0662\u0667\u0660\u0662", "62701")


@given(st.lists(st.sampled_from(["Smith", "John", "Quincy", "Mr.", "J."]), max_size=5), st.data())
def test_the_order_of_the_words_of_a_line_does_not_count(
    line: list[str], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(line))
    fits = NameProof("SMITH JOHN Q", Biller.NameOrder.LAST_FIRST).line.fits
    plain = [[squeezed(word) for word in words if word != "Mr."] for words in (line, other)]
    assert fits(plain[0]) is fits(plain[1])
    assert fits(plain[0]) <= ("Smith" in line)
