"""The test numbers that the payment forms accept. Any other number is refused, so that nobody can
enter a real one."""

# {number: (brand, reason for declining, or empty when payments are approved)}
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

# A saved payment method has only its last four digits. They are different for each number above.
DECLINE_REASONS = {
    number[-4:]: reason for number, (_, reason) in {**CARDS, **BANK_ACCOUNTS}.items() if reason
}


def decline_reason(last4: str) -> str:
    """Returns why a payment with this card or bank account is declined; empty if approved."""
    return DECLINE_REASONS.get(last4, "")
