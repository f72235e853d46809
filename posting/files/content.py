"""The content of a built file, read from its lines: the same bytes each time."""

import hashlib
from collections.abc import Iterator
from typing import IO

from posting.entries import BATCH, Entry
from posting.files.fields import Summary
from posting.files.rendering import Renderer
from posting.models import PostedLine, PostingFile


def content(file: PostingFile) -> Iterator[bytes]:
    """Yields the file in pieces of many lines each. Raises Unfit."""
    renderer, summary = Renderer(file.layout), summary_of(file)
    yield renderer.first(summary)
    for batch in _batches(file):
        yield renderer.lines(batch)
    yield renderer.last(summary)


def summary_of(file: PostingFile) -> Summary:
    return Summary(
        number=file.number,
        name=file.name,
        built_at=file.built_at,
        payments=file.payments,
        reversals=file.reversals,
        amount=file.amount,
        fee=file.fee,
    )


def measured(file: PostingFile, out: IO[bytes] | None = None) -> tuple[int, str]:
    """Returns the size in bytes and the SHA-256. Also writes to a file, if one is given."""
    size, digest = 0, hashlib.sha256()
    for piece in content(file):
        size += len(piece)
        digest.update(piece)
        if out:
            out.write(piece)
    return size, digest.hexdigest()


def _batches(file: PostingFile) -> Iterator[list[Entry]]:
    """Yields batches by number, because the lines are numbered from 1 without a gap. Each range has
    two ends: PostgreSQL has no statistics for a table that was just filled, and would otherwise
    sort all remaining lines for each batch."""
    lines = PostedLine.objects.filter(file=file).order_by("number").values_list(*Entry._fields)
    for after in range(0, file.lines_count, BATCH):
        batch = lines.filter(number__gt=after, number__lte=after + BATCH)
        yield [*map(Entry._make, batch)]
