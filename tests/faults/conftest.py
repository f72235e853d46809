import pytest
from pytest_django.fixtures import Settings

from tests.databases import Emptying
from tests.faults.sides import Sides
from tests.sandbox_process import SandboxProcess

QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture
def sides(
    transactional_db: None,
    django_db_setup: Emptying,
    sandbox_process: SandboxProcess,
    settings: Settings,
) -> Sides:
    """Both sides, with a database that really commits, and hashes that cost nothing."""
    settings.PASSWORD_HASHERS = [QUICK_HASHER]
    return Sides(sandbox_process, django_db_setup)
