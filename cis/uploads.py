"""Files between preview and confirmation, stored in the cache for all processes."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field, replace
from io import BytesIO
from secrets import token_urlsafe
from typing import Any, Self

from django.core.cache import cache
from django.utils.translation import gettext as _

from backoffice.tables.files import read_table
from backoffice.tables.table import Table, UnreadableFile
from icsso.billers.encryption import Unreadable, decrypt, encrypt

MOST_UNPACKED = 100 * 1024**2  # bytes of an uploaded spreadsheet
WAITS = 60 * 60  # seconds
# Characters: what is stored in one call has to reach the cache within its time limit of a second.
PIECE = 1_000_000


@dataclass(frozen=True)
class StoredUpload:
    """What was uploaded, by whom, and for which biller, so that nothing has to be entered again.

    user, biller: primary keys. sheet, delimiter: as entered; "" to detect them. header: number of
    the row with the column names; columns: which one holds which field (both once known). earlier:
    the tokens of the same file before another choice was made. Stored encrypted, because the cache
    must not hold personal data otherwise.
    """

    user: int
    biller: int
    file_name: str
    is_full: bool
    content: str  # base64
    sheet: str = ""
    delimiter: str = ""
    header: int | None = None
    columns: dict[str, str] = field(default_factory=dict)
    earlier: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, content: bytes, **about: Any) -> Self:
        return cls(content=b64encode(content).decode(), **about)

    def store(self) -> str:
        """Stores it for an hour and returns a new token; pages that are already open stay valid."""
        token = token_urlsafe(24)
        stored = replace(self, earlier=[*self.earlier, token])
        sealed = encrypt(json.dumps(asdict(stored)))
        pieces = [sealed[start : start + PIECE] for start in range(0, len(sealed), PIECE)]
        for number, piece in enumerate(pieces):
            cache.set(_key(token, number), piece, WAITS)
        cache.set(_key(token), len(pieces), WAITS)
        return token

    def forget(self) -> None:
        """Deletes the file, including copies stored before another choice was made."""
        for token in self.earlier:
            cache.delete_many([_key(token), *_keys_of_pieces(token)])

    @classmethod
    def find(cls, token: str) -> Self:
        """Raises UnreadableFile if it is no longer stored."""
        pieces = [cache.get(key) for key in _keys_of_pieces(token)]
        if not pieces or None in pieces:
            raise UnreadableFile(
                _("This file was already imported, or it was uploaded too long ago.")
            )
        try:
            return cls(**json.loads(decrypt("".join(pieces))))
        except Unreadable as error:
            raise UnreadableFile(
                _("The uploaded file can no longer be decrypted. Upload it again.")
            ) from error

    def table(self) -> Table:
        """Raises UnreadableFile."""
        table = read_table(
            BytesIO(b64decode(self.content)),
            most_unpacked=MOST_UNPACKED,
            sheet=self.sheet,
            delimiter=self.delimiter,
        )
        if self.header:
            table.choose_header(self.header)
        return table


def _key(token: str, piece: int | None = None) -> str:
    return f"cis-upload-{token}" + ("" if piece is None else f"-{piece}")


def _keys_of_pieces(token: str) -> list[str]:
    return [_key(token, number) for number in range(cache.get(_key(token), 0))]
