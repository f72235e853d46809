"""The keys of lines in files, webhooks, and the API: `P` and the payment line's number, or `R` and
the reversal line's. The CIS recognizes repeated lines by them, so they never change."""


def payment_key(payment_line_id: int) -> str:
    return f"P{payment_line_id}"


def reversal_key(reversal_line_id: int) -> str:
    return f"R{reversal_line_id}"


def key_of(payment_line_id: int | None, reversal_line_id: int | None) -> str:
    """Returns the key of the reversed line, if there is one, else that of the paid one."""
    if reversal_line_id is not None:
        return reversal_key(reversal_line_id)
    if payment_line_id is None:
        raise ValueError("neither a payment nor a reversal")
    return payment_key(payment_line_id)
