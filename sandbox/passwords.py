from django.contrib.auth.hashers import PBKDF2PasswordHasher


class FastHasher(PBKDF2PasswordHasher):
    """Fast on purpose: the sandbox stores only demo passwords, and tests wait for it."""

    iterations = 1_000
