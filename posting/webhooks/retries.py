"""When to retry a delivery that failed, and an endpoint that fails."""

import random
from datetime import timedelta

FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=6)
FIRST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=15)


def pause_after(attempts: int) -> timedelta:
    """Returns the time until the next attempt: 30 seconds, doubled each time up to six hours."""
    return _spread(min(FIRST * 2 ** min(attempts - 1, 20), LONGEST))


def rest_after(failures: int) -> timedelta:
    """Returns how long nothing is sent to an endpoint: 15 seconds, doubled up to 15 minutes."""
    return _spread(min(FIRST_REST * 2 ** min(failures - 1, 20), LONGEST_REST))


def _spread(pause: timedelta) -> timedelta:
    """Adds up to a quarter, so that retries are spread out."""
    return pause * random.uniform(1, 1.25)  # noqa: S311  # nosec B311  no secret
