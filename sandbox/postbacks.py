"""Calls PostBackURL after a payment, the way its settings say."""

from sandbox.models import Payment


def schedule(payment: Payment, *, moment: str) -> None:
    """Sends the postbacks of a payment if the settings choose this moment: `before_return` (called
    by settlement.pay) or `after_return` (called by the page that sends the browser back)."""
