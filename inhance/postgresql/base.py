"""PostgreSQL backend that detects servers that are read-only or do not answer.

After a failover, the former primary is read-only. Django's own backend would keep using a
connection to it, and its refusal to write would look like an error of ours (500).
"""

import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import InternalError, OperationalError
from django.db.backends.postgresql import base

from inhance.postgresql.driver import DRIVER, FOR_A_CHECK

READ_ONLY = "25006"  # SQLSTATE read_only_sql_transaction


class DatabaseIsReadOnly(OperationalError):
    """Treated like a database that does not answer: 503, with a retry later."""


class DatabaseWrapper(base.DatabaseWrapper):
    """`OPTIONS["patience"]`: seconds to wait for a statement on the client side; None: no limit."""

    Database = DRIVER

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_refused_writes_are_outages)

    def get_connection_params(self) -> dict[str, Any]:
        return {k: v for k, v in super().get_connection_params().items() if k != "patience"}

    def init_connection_state(self) -> None:
        try:
            if not self._takes_writes():
                raise DatabaseIsReadOnly("the database can only be read")
            super().init_connection_state()
        except (psycopg.Error, OperationalError):
            self.close()
            raise
        self._wait_up_to(self.settings_dict["OPTIONS"].get("patience"))

    def is_usable(self) -> bool:
        """Called before a connection is reused (`CONN_HEALTH_CHECKS`)."""
        if self.connection is None:
            return False
        self._wait_up_to(FOR_A_CHECK)
        try:
            return self._takes_writes()
        except psycopg.Error:
            return False
        finally:
            self._wait_up_to(self.settings_dict["OPTIONS"].get("patience"))

    def _takes_writes(self) -> bool:
        # Queried instead of read from the session's parameters, because a pooler does not pass
        # those on.
        [answer] = self.connection.execute("SHOW transaction_read_only").fetchone()
        self.connection.is_spoiled = answer != "off"
        return not self.connection.is_spoiled

    def _wait_up_to(self, seconds: float | None) -> None:
        self.connection.patience = seconds

    def _close(self) -> None:
        if self.connection is not None and self.pool:
            if self.connection.is_spoiled:
                self.connection.close()  # which the pool replaces
            else:  # for the next thread that takes it
                self._wait_up_to(FOR_A_CHECK)
        super()._close()  # type: ignore[misc]  # Django's own, which its stubs leave out


def _refused_writes_are_outages(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Raises DatabaseIsReadOnly for a write that the server refused, and marks the connection to be
    closed: the next request or task connects again."""
    try:
        return execute(sql, params, many, context)
    except InternalError as error:
        if getattr(error.__cause__, "sqlstate", "") != READ_ONLY:
            raise
        # Closed at the end of this request, or of the worker's loop.
        context["connection"].connection.is_spoiled = True
        context["connection"].close_at = time.monotonic()
        raise DatabaseIsReadOnly("the database can only be read") from error
