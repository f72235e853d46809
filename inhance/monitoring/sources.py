"""Where metrics are read from while Prometheus waits. A source that is unavailable or hangs costs
only its own metrics."""

import logging
from collections.abc import Callable, Iterable, Iterator
from threading import Lock, Thread

from django.db import DatabaseError, InterfaceError, connection, transaction
from prometheus_client import Metric
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
Reader = Callable[[], Iterable[Metric]]
AWAY = (DatabaseError, InterfaceError, RedisError, OSError)
LONGEST_QUERY = 2000  # milliseconds


class Source:
    """name: as in `portal_source_up`. readers: each returns families of metrics. seconds: how long
    Prometheus waits for all of them; what has not been read by then is left out."""

    def __init__(self, name: str, *readers: Reader, seconds: float) -> None:
        self.name, self.readers, self.seconds = name, readers, seconds
        self._lock = Lock()

    def read(self) -> tuple[list[Metric], bool]:
        """Returns what could be read, and whether that is everything."""
        told: list[Metric] = []
        done: list[Reader] = []
        # While one hangs, later scrapes do not start another.
        if not self._lock.acquire(blocking=False):
            return [], False
        reading = Thread(target=self._read_all, args=(told, done), daemon=True)
        try:
            reading.start()
        except RuntimeError:  # no more threads can be started
            self._lock.release()
            raise
        reading.join(self.seconds)
        return list(told), len(done) == len(self.readers)

    def _read_all(self, told: list[Metric], done: list[Reader]) -> None:
        try:
            for reader in self.readers:
                try:
                    told.extend(self._read(reader))
                    done.append(reader)
                except AWAY as failure:
                    logger.warning("metrics of the %s not read: %s", self.name, type(failure))
        finally:
            connection.close()  # this thread's own
            self._lock.release()

    def _read(self, reader: Reader) -> list[Metric]:
        return list(reader())


class Database(Source):
    """Each reader may query for two seconds at most, even behind a pooler."""

    def _read(self, reader: Reader) -> list[Metric]:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = {LONGEST_QUERY}")
            return super()._read(reader)


class Sources:
    """A collector for prometheus_client that asks one source after the other."""

    def __init__(self, *sources: Source) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        up = Metric("portal_source_up", "Whether all of its figures could be read", "gauge")
        for source in self._sources:
            told, is_all = source.read()
            yield from told
            up.add_sample("portal_source_up", {"source": source.name}, float(is_all))
        yield up
