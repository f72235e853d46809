"""The numbers this imitation takes. Every other number is refused, so that no real one gets in."""

CARDS = {
    "4111111111111111": ("Visa", ""),
    "5555555555554444": ("Mastercard", ""),
    "378282246310005": ("American Express", ""),
    "4000000000000002": ("Visa", "Insufficient funds"),
    "4000000000000069": ("Visa", "Expired card"),
}
BANK_ACCOUNTS = {
    "000123456789": ("Checking", ""),
    "000111111116": ("Checking", "Account closed"),
}
APPROVES, DECLINES = "4111111111111111", "4000000000000002"

# A saved method has its last four digits alone; they differ for every number above.
REFUSALS = {
    number[-4:]: reason for number, (_, reason) in {**CARDS, **BANK_ACCOUNTS}.items() if reason
}


def refusal(last4: str) -> str:
    """Why a payment with this card or bank account is declined; empty: it is approved."""
    return REFUSALS.get(last4, "")
