"""Money and moments as the world writes them: the public cases, and values nobody thought of."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icsso.client.parsing import (
    account_key,
    attempts_key,
    boolean,
    money,
    phone_number,
    plain_number,
    without_label,
)
from tests.icsso.client.reading.cases import cases


@pytest.mark.parametrize(("text", "dollars"), cases("money.csv"))
def test_money_as_it_is_written(text: str, dollars: str) -> None:
    if dollars == "unreadable":
        with pytest.raises(ValueError, match="no"):
            money(text)
        return
    assert str(money(text)) == dollars


@pytest.mark.parametrize(
    "text",
    [
        "1,23.50",
        "12,34",
        "1.234,50",
        "1e5",
        "0x10",
        "84.20.1",
        "84.12345",
        "-(5.00)",
        "(5.00",
        "5.00)",
        "(-5.00)",
        "--5",
        "5-5",
        "-5-",
        "-5 CR",
        "$$5",
        "5 000",
        "٨٤",
        "9999999999",
        "$",
        ".",
        "-",
        "()",
        "CR",
        "€5",
        "1_000",
        "",
        "N/A",
    ],
)
def test_money_that_could_mean_two_things_means_none(text: str) -> None:
    with pytest.raises(ValueError, match="no"):
        money(text)


@pytest.mark.parametrize(
    "text", ["$ (61.30)", "$(61.30)", "($61.30)", "$ -61.30", "$-61.30", "- $61.30", "$ (61.30 )"]
)
def test_a_credit_with_the_dollar_sign_anywhere_before_it(text: str) -> None:
    assert money(text) == Decimal("-61.30")


@pytest.mark.parametrize(
    "text", ["$($61.30)", "$-$61.30", "$ (-61.30)", "$ ()", "$ --1", "(1)-", "$1$", "+1+", "-1+"]
)
def test_no_sign_is_written_twice(text: str) -> None:
    with pytest.raises(ValueError, match="no money"):
        money(text)


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("USD 84.20", "84.20"),
        ("84.20 USD", "84.20"),
        ("US$84.20", "84.20"),
        ("-USD 84.20", "-84.20"),
        ("CR 84.20", "-84.20"),
        ("\u201384.20", "-84.20"),  # a word processor's dash
        ("\u200b84.20", "84.20"),
        ("\ufe6384.20", "-84.20"),
        ("84.20+", "84.20"),
        ("84.20$", "84.20"),
        ("CR84.20", "-84.20"),
        ("Cr. 84.20", "-84.20"),
        ("CR.50", "-0.50"),
        ("0000000000084.20", "84.20"),
        ("$84.20 USD", "84.20"),
        ("(84.20 USD)", "-84.20"),
        ("\uff18\uff14.20", "84.20"),
    ],
)
def test_money_with_signs_that_say_nothing_else(text: str, dollars: str) -> None:
    assert money(text) == Decimal(dollars)


@pytest.mark.parametrize("text", ["0", "00", "0.00", "000.00", "$0", "0000000000"])
def test_zero_is_zero_in_dollars_and_in_cents(text: str) -> None:
    assert money(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        *("0000008420", "000008420", "007", "08420", "$0084", "(0000008420)", "0000008420-"),
        *("0000008420.", "00,084", "0000008420 CR", "+0000008420", "100+", "$100+", "1,100+"),
        *("CR100", "CR1,100", "cr20261128"),
    ],
)
def test_what_may_be_cents_or_a_number_of_something_else_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="no money"):
        money(text)


@pytest.mark.parametrize(
    "text",
    ["84\u00b2", "84.20 CAD", "USDC 84.20", "US 84.20", "84.20 DR", "84,20 $", "C$84.20", "84.20%"],
)
def test_other_signs_with_money_are_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="no money"):
        money(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("217\u2013555\u20130161", "217-555-0161"),
        ("\uff12\uff11\uff175550161", "2175550161"),
        ("\u0662\u0661\u0667-555-0161", "217-555-0161"),
        ("217/555-0161", "217-555-0161"),
        ("217/555/0161", "217-555-0161"),
        ("217\\555-0161", "217-555-0161"),
        ("[217] 555-0161", "(217) 555-0161"),
        ("(217 555-0161", "217 555-0161"),
        ("(217-555-0161)", "217-555-0161"),
        ("(217) / 555-0161", "(217)-555-0161"),
        ("555-0161/555-0164", "555-0161"),
        ("217-555-0161/217-555-0164", "217-555-0161"),
        ("217*555*0161", "217-555-0161"),
        ("217_555_0161", "217-555-0161"),
        ("217\u00b7555\u00b70161", "217-555-0161"),
        ("217,555,0161", "217-555-0161"),
        ("217-555-0161, 555-0164", "217-555-0161"),
    ],
)
def test_a_phone_number_keeps_its_area_code(text: str, number: str) -> None:
    assert phone_number(text) == number


def test_the_noise_of_binary_fractions_is_no_money() -> None:
    assert money(Decimal("61.300000000000004")) == Decimal("61.30")
    assert money("61.300000000000004") == Decimal("61.30")  # only a program writes that
    assert money("-0.30000000000000004") == Decimal("-0.30")
    for text in ("61.300001", "61.3000004", "61.30500000000000004", "0.3000000000001"):
        with pytest.raises(ValueError, match="no"):
            money(text)
    with pytest.raises(ValueError, match="cents"):
        money(Decimal("61.3004"))


@given(st.decimals(min_value=-999_999, max_value=999_999, places=2))
def test_every_amount_is_read_back(amount: Decimal) -> None:
    digits = f"{abs(amount):,}"
    written = [str(amount), f"{amount:,}00"]
    written += [f"({digits})", f"{digits}-", f"{digits} CR", f"-${digits}"] if amount < 0 else []
    assert {money(text) for text in written} == {amount}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12-3456-00", "12–3456–00"),
        ("12-3456-00", "\u200b12-3456-00"),
        ("A-1001", "a1001"),
        ("0001234", "1234"),
        ("5678", "５６７８"),
        ("0", "000"),
    ],
)
def test_one_account_number_written_twice(one: str, other: str) -> None:
    assert account_key(one) == account_key(other)


def test_other_account_numbers_stay_others() -> None:
    assert (
        len({account_key(number) for number in ("5678", "56780", "12-3456-00", "12-3456-01")}) == 4
    )


@pytest.mark.parametrize(
    ("text", "truth"), [("TRUE", True), ("0", False), ("y", True), (1, True), ("F", False)]
)
def test_truth_in_words(text: object, truth: bool) -> None:
    assert boolean(text) is truth


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("Acct 5678", "5678"),
        ("ACCT.# 5678", "5678"),
        ("Account number: 12-3456-00", "12345600"),
        ("account no. A-1001", "A1001"),
        ("№ 5678", "5678"),
        ("N.º 5678", "5678"),
        ("Número de cuenta: 5678", "5678"),
        ("Nro. de cuenta: 5678", "5678"),
        ("N.° 5678", "5678"),
        ("NRO-1001", "NRO1001"),
        ("NRO1001", "NRO1001"),
        ("\u200bAcct\u00a05678", "5678"),
        ("A-1001", "A1001"),
        ("NO-1001", "NO1001"),
        ("Account IS-1001", "IS1001"),
        ("NO1001", "NO1001"),
        ("ACCT5678", "ACCT5678"),
        ("Cust. No. 5678", "5678"),
        ("Account ID: 5678", "5678"),
        ("Customer ID #5678", "5678"),
        ("ID 1001", "ID1001"),
        ("Acct ID-1001", "ID1001"),
        ("Mi número de cuenta 5678", "5678"),
        ("MI-1001", "MI1001"),
        ("MI 1001", "MI1001"),
        ("DE 1001", "DE1001"),
        ("IS-77", "IS77"),
        ("CUST-1001", "CUST1001"),
        ("Acct MI-1001", "MI1001"),
        ("MY-ACCT 7", "MYACCT7"),
        ("My account # is 5678", "5678"),
        ("Water account 5678", "5678"),
        ("Cuenta de luz: 5678", "5678"),
        ("WATER 5678", "WATER5678"),
        ("GAS-5678", "GAS5678"),
    ],
)
def test_words_before_an_account_number_go_and_letters_of_it_stay(typed: str, number: str) -> None:
    assert account_key(without_label(typed)) == number


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("٥٦٧٨", "5678"),
        ("56\u00ad78", "5678"),
        ("５６７８", "5678"),
        ("000", "0"),
        ("---", ""),
        ("", ""),
        ("00a-1", "A1"),
        ("№5ⓐ", "NO5A"),
        ("\ud8005678", "5678"),
        ("\x005678", "5678"),
    ],
)
def test_the_normal_form_of_an_account_number(number: str, key: str) -> None:
    assert account_key(number) == key


@given(st.text(max_size=50))
def test_the_normal_form_is_its_own(number: str) -> None:
    key = account_key(number)
    assert account_key(key) == key
    assert account_key(plain_number(number)) == key
    assert len(key) <= 50
    assert account_key(f" 0-0{number}") == key or not key


@given(
    st.from_regex(r"\A[A-Z]{0,2}[0-9]{1,12}\Z"),
    st.sampled_from(["", "#", "Acct ", "ACCOUNT NO. ", "№ ", "acct", "0", "00", "Cuenta: 0"]),
    st.sampled_from(["-", " ", "\u200b", "–", ""]),
)
def test_whatever_the_spelling_attempts_are_counted_together(
    number: str, before: str, between: str
) -> None:
    written = before + between.join(number)
    if account_key(without_label(written)) == account_key(number):
        assert attempts_key(written) == attempts_key(number)


@pytest.mark.parametrize("written", ["ID:1001", "ID# 1001", "Account ID: 1001", "1001"])
def test_attempts_at_a_number_that_begins_like_a_label(written: str) -> None:
    assert attempts_key(written) == attempts_key("ID1001")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("217-555-0100 217-555-0101", "217-555-0100"),
        ("(217) 555-0100\n(217) 555-0101", "(217) 555-0100"),
        ("217-555-0100-217-555-0101", "217-555-0100"),
        ("217-555-0100 x12 217-555-0101", "217-555-0100 x12"),
        ("217 555 0100 12", "217 555 0100"),
        ("12175550100 12175550101", "12175550100"),
        ("555-0100 555-0101", "555-0100"),
        ("5550100 5550101", "5550100"),
        ("+1 217 555 0100 +1 217 555 0101", "+1 217 555 0100"),
        ("+44 20 7946 0958 +44 20 7946 0959", "+44 20 7946 0958"),
        ("+52 55 1234 5678", "+52 55 1234 5678"),
        ("011 52 55 1234 5678", "011 52 55 1234 5678"),
        ("020 7946 0958", "020 7946 0958"),
        ("020 7946 0958 020 7946 0959", ""),
        ("12345678901234567 or 217-555-0100", "217-555-0100"),
        ("1-800-555-0100 ext. 5", "1-800-555-0100 ext. 5"),
        ("217-555-0100 Extension: 12", "217-555-0100 Extension: 12"),
        ("217-555-0100 #12", "217-555-0100 #12"),
        ("217-555-0100 ext-12", "217-555-0100 ext-12"),
        ("+12175550100;ext=12", "+12175550100;ext=12"),
        ("217-555-0100 ext.", "217-555-0100"),
        ("( 217 ) 555 - 0100", "( 217 ) 555 - 0100"),
        ("tel:+1-217-555-0100", "+1-217-555-0100"),
        ("000-000-0000", ""),
        ("(999) 999-9999 or 217-555-0100", "217-555-0100"),
        ("2026-11-28", ""),
        ("123-45-6789", ""),
        *((text, text) for text in ("555 0161", "(555) 0161", "555 - 0161", "5550161x12")),
        *((text, text) for text in ("1-555-0161", "2222-3333", "222-222-2222", "555-5555")),
        *((text, "") for text in ("2026-11-28 02:11", "20261128", "11-28-2026", "111-1111")),
        ("2026112800", "2026112800"),
        ("999-999-9999 217-555-0100", ""),
        ("none", ""),
    ],
)
def test_the_first_phone_number_comes_whole_and_alone(text: str, number: str) -> None:
    assert phone_number(text) == number
    assert phone_number(number) == number
