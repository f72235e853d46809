from django.contrib.auth.hashers import PBKDF2PasswordHasher


class FastHasher(PBKDF2PasswordHasher):
    """Cheap on purpose: the sandbox keeps demo passwords, and its speed is in every test."""

    iterations = 1_000
