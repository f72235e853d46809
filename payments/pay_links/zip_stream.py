"""Yields a ZIP file with any number of small files in pieces, using constant memory.

`zipfile` keeps an entry for each file until the end: 600 MB for a million. Here, the directory at
the end of the ZIP waits in a temporary file.
"""

import zlib
from collections.abc import Generator, Iterable, Iterator
from struct import pack
from tempfile import TemporaryFile
from typing import IO

VERSION, UTF_8, STORED, DEFLATED = 45, 0x800, 0, 8
SAVED_AT = pack("<HH", 0, 33)  # January 1, 1980: the same files are the same ZIP
PIECE = 2**16  # bytes


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yields the ZIP of these files (name, content) in pieces of about 64 KiB."""
    with TemporaryFile() as directory:
        number, place = yield from _files(files, directory)
        size = directory.tell()
        directory.seek(0)
        while piece := directory.read(PIECE):
            yield piece
        yield _end(number=number, size=size, start=place)


class _Piece(bytearray):
    """What has been written but not sent yet."""

    def taken(self) -> bytes:
        piece = bytes(self)
        self.clear()
        return piece


def _files(
    files: Iterable[tuple[str, bytes]], directory: IO[bytes]
) -> Generator[bytes, None, tuple[int, int]]:
    """Writes the files. Returns their number and the offset after the last one."""
    piece, place, number = _Piece(), 0, 0
    for name, content in files:
        path, (method, packed) = name.encode(), _packed(content)
        sizes = pack("<III", zlib.crc32(content), len(packed), len(content))
        facts = pack("<HHH", VERSION, UTF_8, method) + SAVED_AT + sizes
        entry = b"PK\3\4" + facts + pack("<HH", len(path), 0) + path + packed
        directory.write(_listed(path, facts, place))
        piece += entry
        place, number = place + len(entry), number + 1
        if len(piece) >= PIECE:
            yield piece.taken()
    yield piece.taken()
    return number, place


def _packed(content: bytes) -> tuple[int, bytes]:
    """Returns the method and the stored bytes; images are already compressed."""
    small = zlib.compress(content, wbits=-15)
    return (DEFLATED, small) if len(small) < len(content) else (STORED, content)


def _listed(path: bytes, facts: bytes, place: int) -> bytes:
    """Returns the file's directory entry, with a 64-bit offset."""
    extra = pack("<HHQ", 1, 8, place)
    rest = pack("<HHHHHII", len(path), len(extra), 0, 0, 0, 0, 0xFFFFFFFF)
    return b"PK\1\2" + pack("<H", VERSION) + facts + rest + path + extra


def _end(*, number: int, size: int, start: int) -> bytes:
    """Returns the end of the directory, in 64 bits and in the form that old readers look for."""
    counts = pack("<QQQQ", number, number, size, start)
    long = b"PK\6\6" + pack("<QHHII", 44, VERSION, VERSION, 0, 0) + counts
    where = b"PK\6\7" + pack("<IQI", 0, start + size, 1)
    short = pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return long + where + b"PK\5\6" + short
