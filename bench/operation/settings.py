"""The portal's own settings, for a run without `collectstatic`."""

from inhance.settings import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
