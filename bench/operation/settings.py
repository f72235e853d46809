"""The portal's own settings, with styles that nobody has collected."""

from inhance.settings import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
