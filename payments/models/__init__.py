"""The models of this app, one file per subject."""

from payments.models.checkout import Checkout
from payments.models.payment import Payment, PaymentLine
from payments.models.postback import Postback
from payments.models.reconciliation import Reconciliation, ReconciliationLine, Resolution
from payments.models.review_decision import ReviewDecision

__all__ = [
    "Checkout",
    "Payment",
    "PaymentLine",
    "Postback",
    "Reconciliation",
    "ReconciliationLine",
    "Resolution",
    "ReviewDecision",
]
