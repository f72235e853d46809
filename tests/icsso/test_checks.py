"""INVOICE_CLOUD_PATHS is checked at the start."""

import pytest
from pytest_django.fixtures import Settings

from icsso.checks import check_paths


def faults(settings: Settings, paths: dict[str, object]) -> list[str]:
    settings.INVOICE_CLOUD_PATHS = paths
    return [fault.msg for fault in check_paths(None)]


def test_other_paths_are_fine(settings: Settings) -> None:
    assert faults(settings, {}) == []
    paths = {"retrieve_users": "/v2/Users", "account": "/v2/{CustomerGuid}/balance"}
    assert faults(settings, paths) == []


@pytest.mark.parametrize(
    ("operation", "path", "said"),
    [
        ("retrieve_user", "/v2/Users", "there is no operation 'retrieve_user'."),
        ("retrieve_users", "v2/Users", "the path of 'retrieve_users' must begin with a slash."),
        ("retrieve_users", ".evil.example/", "must begin with a slash."),
        ("retrieve_users", 2, "must begin with a slash."),
        ("account", "/v2/balance", "the path of 'account' must hold ['CustomerGuid']."),
        ("account", "/v2/{guid}/balance", "must hold ['CustomerGuid']."),
        ("retrieve_users", "/v2/{AccountNumber}", "must hold no placeholder."),
    ],
)
def test_paths_that_cannot_be_meant_stop_the_start(
    settings: Settings, operation: str, path: object, said: str
) -> None:
    (fault,) = faults(settings, {operation: path})
    assert said in fault
