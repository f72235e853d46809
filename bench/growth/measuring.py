"""PostgreSQL's reports about its own work: plans, buffers, and sizes of tables."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

LARGE = 1000  # rows; reading all of a smaller table is fine
Work = Callable[[], object]


class Read(NamedTuple):
    """One SELECT that was executed. buffers: 8 kB pages that it looked at. plan: how it found its
    rows, from the outermost step. whole: the large tables that it read from end to end."""

    sql: str
    buffers: int
    milliseconds: float
    plan: tuple[str, ...]
    whole: frozenset[str]


class Size(NamedTuple):
    """The bytes of a table and of its indexes, and the number of its rows."""

    heap: int
    indexes: int
    rows: int

    @property
    def each(self) -> float:
        return (self.heap + self.indexes) / self.rows


class Blocks(NamedTuple):
    """What a piece of work took: pages of tables and indexes, and seconds of wall-clock time."""

    buffers: int
    seconds: float


def reads(work: Work) -> list[Read]:
    """Does the work, then repeats each of its SELECTs for PostgreSQL to explain."""
    with CaptureQueriesContext(connection) as made:
        work()
    asked = [query["sql"] for query in made if query["sql"].startswith("SELECT")]
    return [explained(sql) for sql in asked if "pg_advisory" not in sql]


def explained(sql: str) -> Read:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql.replace('%', '%%')}", [])
        [found] = cursor.fetchone()[0]
    top = found["Plan"]
    nodes = list(walk(top))
    whole = frozenset(
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan" and rows_of(node["Relation Name"]) > LARGE
    )
    buffers = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    return Read(sql, buffers, found["Execution Time"], tuple(map(step, nodes)), whole)


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from walk(below)


def step(node: dict[str, Any]) -> str:
    where = node.get("Index Name") or node.get("Relation Name", "")
    return f"{node['Node Type']} {where}".strip()


def rows_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])


def sizes(tables: tuple[str, ...]) -> dict[str, Size]:
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                "SELECT pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)", [table] * 2
            )
            found[table] = Size(*cursor.fetchone(), rows_of(table))
    return found


@contextmanager
def taken_back() -> Iterator[None]:
    """Rolls back whatever is written inside, so that the next story finds the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def blocks(work: Work) -> Blocks:
    """Returns what the work takes altogether, including writes."""
    before, began = looked_at(), time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return Blocks(looked_at() - before, seconds)


def looked_at() -> int:
    """Returns the pages of tables and indexes looked at so far, by PostgreSQL's counters."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read, 0)"
            " + coalesce(idx_blks_hit, 0)) FROM pg_statio_user_tables"
        )
        return int(cursor.fetchone()[0])
