import pytest

from tests.databases import Emptying
from tests.faults.flows.sides import Sides
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def sides(
    transactional_db: None,
    django_db_setup: Emptying,
    sandbox_process: SandboxProcess,
) -> Sides:
    """Both sides, with a database that really commits."""
    return Sides(sandbox_process, django_db_setup)
