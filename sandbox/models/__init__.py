"""The database of the sandbox. Amounts are US dollars; times are UTC."""

from .control import (
    Call,
    Capture,
    Clock,
    Fault,
    Mail,
    Switch,
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
    "Capture",
    "Clock",
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
    "Switch",
    "Token",
]
