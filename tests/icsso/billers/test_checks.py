"""What is set about Invoice Cloud is checked at the start."""

import pytest
from pytest_django.fixtures import Settings

from icsso.billers.checks import check_paths, check_seats, check_timeouts


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
        ("retrieve_user", "/v2/Users", "retrieve_user: there is no such operation."),
        ("retrieve_users", "v2/Users", "retrieve_users.path: must start with a slash"),
        ("retrieve_users", ".evil.example/", "must start with a slash"),
        ("retrieve_users", 2, "path: Input should be a valid string."),
        ("account", "/v2/balance", "account.path: must contain {CustomerGuid}."),
        ("account", "/v2/{guid}/balance", "must contain {CustomerGuid}."),
        ("retrieve_users", "/v2/{AccountNumber}", "must contain no placeholder."),
    ],
)
def test_paths_that_cannot_be_meant_stop_the_start(
    settings: Settings, operation: str, path: object, said: str
) -> None:
    (fault,) = faults(settings, {operation: path})
    assert said in fault


def test_other_timeouts_are_fine(settings: Settings) -> None:
    settings.INVOICE_CLOUD_TIMEOUTS = {"account": 2, "cloud_payments": 12.5}
    assert check_timeouts(None) == []


@pytest.mark.parametrize(
    "timeouts",
    [{"balance": 2}, {"account": 0}, {"account": -1}, {"account": "2"}, {"account": True}],
)
def test_timeouts_that_cannot_be_meant_stop_the_start(
    settings: Settings, timeouts: dict[str, object]
) -> None:
    settings.INVOICE_CLOUD_TIMEOUTS = timeouts
    (fault,) = check_timeouts(None)
    assert "must map an operation to seconds" in fault.msg


@pytest.mark.parametrize(
    ("threads", "seats", "per_biller"), [(16, 12, 8), (8, 6, 4), (2, 1, 1), (1, 1, 1), (8, 7, 7)]
)
def test_seats_that_leave_threads_free(
    settings: Settings, threads: int, seats: int, per_biller: int
) -> None:
    settings.WEB_THREADS = threads
    settings.INVOICE_CLOUD_SEATS = seats
    settings.INVOICE_CLOUD_SEATS_PER_BILLER = per_biller
    assert check_seats(None) == []


@pytest.mark.parametrize(("seats", "per_biller"), [(8, 4), (100, 4), (6, 7), (6, 0), (0, 0)])
def test_seats_that_do_not_stop_the_start(settings: Settings, seats: int, per_biller: int) -> None:
    settings.WEB_THREADS = 8
    settings.INVOICE_CLOUD_SEATS = seats
    settings.INVOICE_CLOUD_SEATS_PER_BILLER = per_biller
    (fault,) = check_seats(None)
    assert "must leave threads free" in fault.msg
