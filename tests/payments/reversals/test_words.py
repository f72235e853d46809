"""What the words of a status say about money that went back."""

import pytest

from payments.reversals.kinds import kind_in


@pytest.mark.parametrize(
    "text",
    [
        *("Chargeback fee", "Returned fee", "NSF fee", "Dispute fee", "Convenience fee refund"),
        *("Fee refunded", "Refund of fee", "Refund of service fee"),
        *("Partially refunded", "Partial refund", "Refunded (partial)", "Refunded in part"),
        *("Reembolso parcial", "Parcialmente reembolsado"),
    ],
)
def test_a_fee_or_a_part_is_not_the_payment(text: str) -> None:
    assert kind_in(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Returned - insufficient funds, return fee applied", "returned"),
        ("Returned - fee refunded", "returned"),
        ("Partial payment returned", "returned"),
        ("Payment and fee refunded", "refunded"),
    ],
)
def test_a_fee_or_a_part_beside_a_return_changes_nothing(text: str, kind: str) -> None:
    assert kind_in(text) == kind
