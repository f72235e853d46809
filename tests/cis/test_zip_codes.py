"""Wrong ZIP codes are either corrected, and the correction is reported, or left out."""

import pytest

from cis.rows.repairs import repaired

RESTORED = "a leading zero was restored"
MORE = "more than a ZIP code"
NONE = "not a ZIP code; left empty"
FEW = "too few digits"


@pytest.mark.parametrize(
    ("state", "text", "value", "told"),
    [
        ("MA", "MA 02134", "02134", MORE),
        ("", "ZIP 02134", "02134", MORE),
        ("", "Zip Code: 02134-1234", "02134-1234", MORE),
        ("", "XX 02134", "", NONE),
        ("MA", "O2134", "", NONE),
        ("", "O2134", "", NONE),
        ("MA", "2.134E+03", "", NONE),
        ("MA", "2,134", "02134", RESTORED),
        ("IL", "62,701", "62701", "comma"),
        ("IL", "'62701", "62701", ""),
        ("NJ", "\u20197030", "07030", "zero"),
        ("", "00000", "", NONE),
        ("", "00123", "", NONE),
        ("", "00000-0000", "", NONE),
        ("", "99999", "", NONE),
        ("AK", "99999-9999", "", NONE),
        ("MA", "2134 1234", "02134-1234", RESTORED),
        ("", "555 1234", "", NONE),
        ("MA", "２１３４", "02134", RESTORED),
        ("IL", "６２７０１", "62701", ""),
        ("IL", "627011", "", NONE),
        ("IL", "6270112345", "", NONE),
        ("IL", "2175550100", "", NONE),
        ("XX", "2134", "2134", "state is unknown"),
        ("Mass.", "2134", "2134", "state is unknown"),
        ("NSW", "2000", "2000", "state is unknown"),
        ("NY", "1234", "", FEW),
        ("NY", "6390", "06390", RESTORED),
        ("New York", "501", "00501", RESTORED),
        ("NJ", "2134", "", FEW),
        ("N.J.", "7030", "07030", RESTORED),
        ("MA", "5501", "05501", RESTORED),
        ("", "134", "", FEW),
        ("", "12", "", NONE),
        ("", "0", "", NONE),
        ("IL", "K1A 0B1", "", NONE),
        ("ON", "K1A 0B1", "K1A 0B1", ""),
        ("", "SW1A 1AA", "SW1A 1AA", ""),
    ],
)
def test_a_zip_code_comes_right_or_not_at_all(state: str, text: str, value: str, told: str) -> None:
    values, causes = repaired({"state": state, "zip": text})
    assert values["zip"] == value
    assert [told in cause and cause.startswith("zip: ") for cause in causes] == [True] * bool(told)
