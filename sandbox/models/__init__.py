"""What the sandbox remembers. Amounts are US dollars, times are UTC."""

from .payments import (
    HostedPayment,
    Payment,
    PostbackSent,
    PostbackSettings,
)
from .people import (
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
from .workings import (
    Call,
    Fault,
    Mail,
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
