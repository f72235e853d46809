"""For how many days each kind of data is kept: the defaults, and what an installation changes.

Imports no Django, because settings import this. What each kind is: `inhance.retention.rules`.
"""

from collections.abc import Mapping

DEFAULTS: Mapping[str, int | None] = {
    "sessions": 0,  # after they have ended
    "background_tasks": 14,
    "sign_ups_unfinished": 7,
    "sign_ups_finished": 365,
    "credential_changes": 365,
    "account_syncs": 365,
    "unknown_accounts": 365,
    "customer_changes": 730,
    "undelivered_emails": 90,
    "sent_emails": 90,
    "failed_sign_ins": 30,
    "staff_invitations": 365,
    "helpers": 365,
    "audit_log": 1095,
    "import_rejects": 30,
    "list_cells": 400,
    "checkouts_never_paid": 730,
    "failed_attempts": 1095,
    "webhook_attempts": 90,
    "reminders": 400,  # longer than a year, so that no bill is reminded of twice
    "probe_runs": 365,
    "call_metrics": 92,
}


class WrongRetention(SystemExit):
    """Stops startup, because what is deleted must never be a guess."""


def retention_days(changed: object) -> dict[str, int | None]:
    """Returns the days of every kind; None keeps it forever. Raises WrongRetention.

    changed: the JSON of the setting, such as {"audit_log": 365, "list_cells": null}.
    """
    if not isinstance(changed, dict):
        raise WrongRetention('RETENTION_DAYS must be a JSON object like {"audit_log": 365}.')
    for name, days in changed.items():
        is_number = isinstance(days, int) and not isinstance(days, bool) and days >= 0
        if name not in DEFAULTS or not (days is None or is_number):
            raise WrongRetention(
                f"RETENTION_DAYS: {name!r} must be one of {', '.join(DEFAULTS)}, and its value a "
                "number of days, or null to keep everything."
            )
    return {**DEFAULTS, **changed}
