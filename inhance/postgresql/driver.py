"""psycopg, with an end to every wait for the server.

A server that hangs, or whose machine is gone, never says so: its own `statement_timeout` ends
nothing then, and TCP still confirms what is sent to a process that is stopped.
"""

from types import ModuleType
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus

# Seconds for what takes a server no time: whether it is there, and settings of a new connection.
FOR_A_CHECK = 3.0


class Connection(psycopg.Connection[Any]):
    """patience: seconds that an answer may take; None: any time. Short until somebody who works
    with the connection says how long that may take."""

    patience: float | None = FOR_A_CHECK
    is_spoiled = False  # of no use to anybody, such as at a server that can only be read

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Raises OperationalError, and closes the connection, if the answer takes too long; also if
        the server has ended an idle transaction, which psycopg calls an internal error."""
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
