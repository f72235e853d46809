"""psycopg with a limit on every wait for the server.

A server that hangs, or whose machine is gone, never reports that: its own `statement_timeout` does
nothing then, and TCP still acknowledges what is sent to a stopped process.
"""

from types import ModuleType
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus

# Seconds for fast requests: the health check, and the settings of a new connection.
FOR_A_CHECK = 3.0


class Connection(psycopg.Connection[Any]):
    """patience: seconds to wait for an answer; None: no limit. Short until the code that uses the
    connection sets its own."""

    patience: float | None = FOR_A_CHECK
    is_spoiled = False  # not to be used again, for example because the server is read-only

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Raises OperationalError, and closes the connection, if the answer takes too long. Also if
        the server has ended an idle transaction, which psycopg reports as an internal error."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # without an answer
                self.close()
            raise
        except psycopg.errors.IdleInTransactionSessionTimeout as error:
            raise psycopg.OperationalError(str(error)) from error


# The module as Django's backend uses it: its exceptions, and `connect`.
DRIVER = ModuleType(psycopg.__name__)
vars(DRIVER).update(vars(psycopg), connect=Connection.connect)
