"""The portal's own settings, with hashes that cost nothing and styles that nobody has collected."""

from tests.faults.settings import *  # noqa: F403
from tests.storm import nature

WHITENOISE_USE_FINDERS = True
nature.follow()  # in the portal's processes; ours keep the true time
