"""The models of this app, one file per subject."""

from payments.models.checkout import Checkout
from payments.models.checkout_account import CheckoutAccount
from payments.models.failed_attempt import FailedAttempt
from payments.models.payment import Payment, PaymentLine
from payments.models.postback import Postback
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine, Resolution
from payments.models.reversal import Reversal, ReversalLine
from payments.models.review_decision import ReviewDecision

__all__ = [
    "Checkout",
    "CheckoutAccount",
    "FailedAttempt",
    "Payment",
    "PaymentLine",
    "Postback",
    "Reconciliation",
    "ReconciliationLine",
    "Resolution",
    "Reversal",
    "ReversalLine",
    "ReviewDecision",
]
