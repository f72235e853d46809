"""The database of the sandbox. Amounts are US dollars; times are UTC."""

from .control import (
    Call,
    Fault,
    Mail,
)
from .customers import (
    Biller,
    Customer,
    Invoice,
    PageSession,
    PaymentMethod,
    RegisteredUser,
    Registration,
    ScheduledPayment,
    Token,
)
from .payments import (
    HostedPayment,
    Payment,
    PostbackSent,
    PostbackSettings,
)

__all__ = [
    "Biller",
    "Call",
    "Customer",
    "Fault",
    "HostedPayment",
    "Invoice",
    "Mail",
    "PageSession",
    "Payment",
    "PaymentMethod",
    "PostbackSent",
    "PostbackSettings",
    "RegisteredUser",
    "Registration",
    "ScheduledPayment",
    "Token",
]
