"""The portal's own settings, with commands of which the tests see what they do, every second."""

from datetime import timedelta

from inhance.periodic.schedule import Command
from inhance.settings import *  # noqa: F403
from inhance.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.inhance.run_periodic"]
SECOND = timedelta(seconds=1)
PERIODIC_COMMANDS = (
    Command("break_down", SECOND, 30 * SECOND),
    Command("hang", 60 * SECOND, SECOND),
    Command("tell", SECOND / 2, 30 * SECOND),
)
PERIODIC_LEASE = 8
