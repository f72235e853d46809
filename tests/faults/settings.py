"""The portal's own settings, with hashes that cost nothing: hundreds are computed."""

from inhance.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.accounts.hashing.QuickHasher"]
