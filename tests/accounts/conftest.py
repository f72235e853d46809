import pytest

from tests.accounts.codes import sign_in, turn_on
from tests.accounts.there import There
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def there(sandbox: SandboxProcess) -> There:
    """Invoice Cloud, to be disturbed and looked into."""
    return There(sandbox)


@pytest.fixture
def codes(there: There, cast: Cast) -> list[str]:
    """The recovery codes of a member who has turned two-step verification on."""
    return turn_on(sign_in())
