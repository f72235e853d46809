import pytest
from django.test import Client

from tests.cast import Cast, staff


@pytest.fixture
def support(client: Client, cast: Cast) -> Client:
    client.force_login(staff("support", cast.biller))
    return client


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    client.force_login(staff("administrator", cast.biller))
    return client
