from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters: 46 MiB, one pass, one lane.

    Django's default uses 100 MiB and four times the CPU, which invites denial of service.
    Hashes with other parameters are renewed when their owners sign in.
    """

    memory_cost = 46 * 1024
    time_cost = 1
    parallelism = 1
