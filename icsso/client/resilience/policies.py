"""How much each operation may cost: the time it gets, whether it is repeated, what it hangs on.

Repeated is only what does no harm when Invoice Cloud has carried it out and its answer was lost.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Service(StrEnum):
    """What fails together at Invoice Cloud, and so has a breaker of its own."""

    REST = "rest"
    CLOUD_PAYMENTS = "cloud_payments"


class Policy(NamedTuple):
    """seconds: for the whole call, repeats and pauses included.
    service: None for what is asked even while the service is known to be away.
    """

    seconds: float
    is_repeatable: bool
    service: Service | None = Service.REST


POLICIES: Mapping[str, Policy] = {
    # Asked by operators alone, who want to know how it is now.
    "biller_status": Policy(4.0, is_repeatable=True, service=None),
    "retrieve_users": Policy(6.0, is_repeatable=True),
    "remote_authentication": Policy(8.0, is_repeatable=True),
    "retrieve_user_accounts": Policy(8.0, is_repeatable=True),  # thousands, for a manager
    # The contract: safe for the same address and password.
    "register_accounts": Policy(8.0, is_repeatable=True),
    "update_password": Policy(6.0, is_repeatable=True),  # the contract: idempotent
    # Repeated after a lost answer it meets its own deed: the old address is unknown by then.
    "update_email_address": Policy(6.0, is_repeatable=False),
    "create_customer_record": Policy(8.0, is_repeatable=False),  # may make a second customer
    "retrieve_customer_guid": Policy(4.0, is_repeatable=True),
    "account": Policy(4.0, is_repeatable=True),
    # May make a second payment page, each with its own money.
    "cloud_payments": Policy(8.0, is_repeatable=False, service=Service.CLOUD_PAYMENTS),
}
