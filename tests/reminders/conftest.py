from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from tests.cast import Cast
from tests.reminders.knowing import BACKEND


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def laundry(client: Client, cast: Cast) -> Client:
    client.force_login(cast.laundry, backend=BACKEND)
    return client
