"""The portal's own settings, with hashes that cost nothing and styles that nobody has collected."""

from tests.faults.settings import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
