"""PostgreSQL, without servers that can only be read: after a failover, the former primary is one.

Django's own backend would use a connection to it on and on, and its refusal to write would look
like an error of ours (500).
"""

import time
from collections.abc import Callable
from typing import Any

from django.db import InternalError, OperationalError
from django.db.backends.postgresql import base

READ_ONLY = "25006"  # SQLSTATE read_only_sql_transaction
# What a server reports of a session without being asked, also when it changes.
REPORTED = ("default_transaction_read_only", "in_hot_standby")


class DatabaseIsReadOnly(OperationalError):
    """Treated like a database that does not answer: 503, and tried again later."""


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_refused_writes_are_outages)

    def is_usable(self) -> bool:
        """Checked before a connection is used again (`CONN_HEALTH_CHECKS`)."""
        return super().is_usable() and not self._only_reads()

    def _only_reads(self) -> bool:
        session = self.connection.info  # known to the driver
        return any(session.parameter_status(name) == "on" for name in REPORTED)


def _refused_writes_are_outages(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Raises DatabaseIsReadOnly for a write that the server refused, and has the connection closed:
    the next request or task connects anew."""
    try:
        return execute(sql, params, many, context)
    except InternalError as error:
        if getattr(error.__cause__, "sqlstate", "") != READ_ONLY:
            raise
        # Closed at the end of this request, or of a worker's round.
        context["connection"].close_at = time.monotonic()
        raise DatabaseIsReadOnly("the database can only be read") from error
