"""The XML inside a spreadsheet, parsed as a stream, with limits on everything the file controls.

Uses expat directly, without the tree that other parsers build: a row of a million cells takes no
memory before it is checked. A DOCTYPE is refused, so there are no entities.
"""

from collections.abc import Iterator
from typing import IO, Any
from xml.parsers.expat import ExpatError, ParserCreate  # nosec B407

CHUNK = 64 * 1024  # bytes
# Bytes. With every chunk, expat rereads an unfinished tag or comment from its beginning: one of 40
# MB, which compresses to 42 kB, would take a minute. No tag in a spreadsheet is this long.
LONGEST_TOKEN = 4 * CHUNK
LONGEST_CELL = 32_767  # characters, which is Excel's own limit
MOST_ELEMENTS = 100_000  # in a part that describes others: Excel itself allows 65,490 cell styles
YES = {"1", "true"}
Attributes = dict[str, str]

__all__ = ["ExpatError"]


class Handler:
    """Receives elements and text, and puts what it reads into `found`.

    is_done: the rest need not be parsed.
    """

    is_done = False

    def __init__(self) -> None:
        self.found: list[Any] = []

    def start(self, name: str, attributes: Attributes) -> None: ...

    def end(self, name: str) -> None: ...

    def characters(self, text: str) -> None: ...


def parse(stream: IO[bytes], handler: Handler) -> Iterator[list[Any]]:
    """Returns what the handler finds, chunk by chunk. Raises ExpatError and ValueError."""
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.characters
    fed = 0
    while (chunk := stream.read(CHUNK)) and not handler.is_done:
        parser.Parse(chunk)
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > LONGEST_TOKEN:
            raise ValueError("a tag or comment is too long")
        yield handler.found
        handler.found.clear()
    if not handler.is_done:
        parser.Parse(b"", True)
    yield handler.found


def _refuse_doctype(*declared: Any) -> None:
    raise ValueError("a spreadsheet has no DOCTYPE")


def local(name: str) -> str:
    """Returns a name without its prefix."""
    return name.rpartition(":")[2]


class Elements(Handler):
    """Finds elements by name, each with its attributes."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names
        self.count = 0

    def start(self, name: str, attributes: Attributes) -> None:
        name = local(name)
        if name in self.names:
            self.count += 1
            if self.count > MOST_ELEMENTS:
                raise ValueError("too many elements")
            self.found.append((name, {local(key): attributes[key] for key in attributes}))


class TextHandler(Handler):
    """Collects the text of <t> and <v>, but not of <rPh>, which says how to pronounce it."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.length = 0
        self.collects = False
        self.pronounces = False

    def start(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            name = local(name)
        if name in {"t", "v"}:
            self.collects = not self.pronounces
        elif name == "rPh":
            self.pronounces = True
        self.begin(name, attributes)

    def characters(self, text: str) -> None:
        if self.collects:
            self.pieces.append(text)
            self.length += len(text)
            if self.length > LONGEST_CELL:
                raise ValueError("a cell is too long")

    def end(self, name: str) -> None:
        if ":" in name:
            name = local(name)
        if name in {"t", "v"}:
            self.collects = False
        elif name == "rPh":
            self.pronounces = False
        self.finish(name)

    def forget_text(self) -> None:
        self.pieces.clear()
        self.length = 0

    def begin(self, name: str, attributes: Attributes) -> None: ...

    def finish(self, name: str) -> None: ...
