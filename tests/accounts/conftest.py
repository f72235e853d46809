import pytest

from tests.accounts.there import There
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def there(sandbox: SandboxProcess) -> There:
    """Invoice Cloud, to be disturbed and looked into."""
    return There(sandbox)
