"""The portal's own settings, with cheap password hashes and without `collectstatic`."""

from datetime import timedelta

from inhance.periodic.schedule import COMMANDS
from tests.faults.settings import *  # noqa: F403
from tests.storm import nature

WHITENOISE_USE_FINDERS = True
# A minute of storm is an hour for the portal.
OFTEN = {"post_payments", "send_webhooks"}
PERIODIC_COMMANDS = tuple(
    command._replace(every=timedelta(seconds=1 if command.name in OFTEN else 10))
    for command in COMMANDS
)
PERIODIC_LEASE = 6
nature.follow()  # in the portal's processes; ours keep the real time
