from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id as OWASP names it: 46 MiB, one pass, one lane.

    Django's default takes 100 MiB and four times the CPU, a lever for denial of service.
    A hash with other parameters is renewed when its owner signs in.
    """

    memory_cost = 46 * 1024
    time_cost = 1
    parallelism = 1
