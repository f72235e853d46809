"""What the environment makes of DATABASES and REDIS_URL, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from environ import Env

from inhance.postgresql.configuration import databases, fault_of_limits
from inhance.redis_cache.connecting import fault_of_url

URL = "postgres://portal:hush@one:5432,two:5433/portal?sslmode=verify-full"


def database(**environment: str) -> dict[str, Any]:
    env = Env()
    env.ENVIRON = {"DATABASE_URL": URL} | environment
    return databases(env, Path())["default"]


def test_a_web_process_waits_for_less_than_a_command() -> None:
    web, command = database(PORTAL_PROCESS="web")["OPTIONS"], database()["OPTIONS"]
    assert "statement_timeout=20000 -c lock_timeout=10000" in web["options"]
    assert "statement_timeout=600000" in command["options"]
    assert (web["patience"], command["patience"]) == (25, 605)
    for options in (web, command):
        assert (options["sslmode"], options["connect_timeout"]) == ("verify-full", 3)
        assert options["target_session_attrs"] == "read-write"


def test_a_migration_waits_for_a_lock_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["manage.py", "migrate"])
    options = database()["OPTIONS"]
    assert "statement_timeout=0 -c lock_timeout=2000" in options["options"]
    assert options["patience"] is None


def test_limits_can_be_set_one_by_one() -> None:
    own = json.dumps({"web": {"statement": 7.5}})
    options = database(PORTAL_PROCESS="web", DATABASE_TIMEOUTS=own)["OPTIONS"]
    assert "statement_timeout=7500 -c lock_timeout=10000" in options["options"]


def test_what_the_url_says_is_added() -> None:
    own = database(DATABASE_URL=f"{URL}&options=-c%20jit%3Doff&connect_timeout=9")["OPTIONS"]
    assert own["options"].endswith(" -c jit=off")
    assert own["connect_timeout"] == 9


def test_a_pooler_is_told_nothing_that_lasts_longer_than_a_transaction() -> None:
    pooled = database(PORTAL_PROCESS="web", DATABASE_POOLER="on")
    assert pooled["DISABLE_SERVER_SIDE_CURSORS"]
    assert {"options", "target_session_attrs"}.isdisjoint(pooled["OPTIONS"])
    assert pooled["OPTIONS"]["patience"] == 25


def test_a_pool_is_for_the_web_alone() -> None:
    pooled = database(PORTAL_PROCESS="web", DATABASE_POOL_SIZE="8")
    assert (pooled["CONN_MAX_AGE"], pooled["OPTIONS"]["pool"]["max_size"]) == (0, 8)
    assert "pool" not in database(DATABASE_POOL_SIZE="8")["OPTIONS"]


@pytest.mark.parametrize(
    "told", ["{", "[]", '{"cron": {}}', '{"web": {"sleep": 1}}', '{"web": {"lock": -1}}']
)
def test_limits_that_are_none_are_refused(told: str) -> None:
    assert fault_of_limits('{"web": {"lock": 5}, "command": {}}') == ""
    assert fault_of_limits(told).startswith("must be JSON")


@pytest.mark.parametrize(
    "url", ["one:6379", "http://one", "redis+sentinel://one:26379", "redis+sentinel://one:a/portal"]
)
def test_a_url_of_no_redis_is_refused(url: str) -> None:
    assert fault_of_url("redis+sentinel://one,two:26380/portal") == ""
    assert fault_of_url(url).startswith("must be redis://")
