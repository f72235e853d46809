"""The policy of each operation: how long it may take, whether it is retried, and its service.

An operation is retried only if a retry does no harm when Invoice Cloud carried out the first call
and the response was lost, or if it is certain that it did not (429, no connection).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Service(StrEnum):
    """Operations that fail together at Invoice Cloud and so share a circuit breaker."""

    REST = "rest"
    BALANCES = "balances"  # of the Customer Portal; nobody waits for them to sign in or to pay
    CLOUD_PAYMENTS = "cloud_payments"
    SOAP = "soap"  # only a second source


class Policy(NamedTuple):
    """seconds: for the whole call, including retries and pauses.
    service: None for calls that are made even while the service is known to be down.
    """

    seconds: float
    is_repeatable: bool
    service: Service | None = Service.REST


POLICIES: Mapping[str, Policy] = {
    # Called only by staff, who want the current status.
    "biller_status": Policy(4.0, is_repeatable=True, service=None),
    "retrieve_users": Policy(6.0, is_repeatable=True),
    "remote_authentication": Policy(8.0, is_repeatable=True),
    "retrieve_user_accounts": Policy(8.0, is_repeatable=True),  # thousands, for a property manager
    # The contract: safe for the same address and password.
    "register_accounts": Policy(8.0, is_repeatable=True),
    "update_password": Policy(6.0, is_repeatable=True),  # the contract: idempotent
    # A retry after a lost response would fail: the old address is unknown by then.
    "update_email_address": Policy(6.0, is_repeatable=False),
    "create_customer_record": Policy(8.0, is_repeatable=False),  # may create a second customer
    # Needed only to ask for a balance, and stored once known. So it shares the balances' breaker.
    "retrieve_customer_guid": Policy(4.0, is_repeatable=True, service=Service.BALANCES),
    "account": Policy(4.0, is_repeatable=True, service=Service.BALANCES),
    "view_customer_record": Policy(4.0, is_repeatable=True, service=Service.SOAP),
    # May create a second payment page, and both can take money.
    "cloud_payments": Policy(8.0, is_repeatable=False, service=Service.CLOUD_PAYMENTS),
}
