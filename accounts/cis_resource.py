"""Our way of importing as django-import-export sees it: a format, a resource, a place to wait.

Its own would hold the file and a result for each line in memory and write each row by itself.
"""

from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _
from import_export.formats.base_formats import Format
from import_export.resources import ModelResource
from import_export.results import Error, Result
from import_export.tmp_storages import CacheStorage

from accounts.cis_lines import COLUMNS, columns_of
from accounts.cis_preview import Preview, preview
from accounts.models import UtilityAccount
from accounts.table_files import read_table
from accounts.tables import Table, UnreadableFile
from icsso.billers.encryption import decrypt, encrypt

MOST_UNPACKED = 100 * 1024**2  # bytes of an uploaded spreadsheet


class TableFormat(Format):  # type: ignore[misc]
    """CSV or XLSX: the file itself says which."""

    def __init__(self, encoding: str = "") -> None:
        self.encoding = encoding

    def get_title(self) -> str:
        return "CSV, XLSX"

    def can_import(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes) -> Table:
        table = read_upload(in_stream)
        columns_of(table)  # raises what can be said at once
        return table


def read_upload(data: bytes) -> Table:
    """Raises UnreadableFile."""
    return read_table(BytesIO(data), most_unpacked=MOST_UNPACKED)


class WaitingUpload(CacheStorage):  # type: ignore[misc]
    """Between preview and confirmation, for whichever process comes to that. Encrypted, because
    the cache holds nothing personal otherwise."""

    CACHE_LIFETIME = 60 * 60

    def save(self, data: bytes) -> None:
        super().save(encrypt(b64encode(data).decode()))

    def read(self) -> bytes:
        sealed = super().read()
        if sealed is None:
            raise UnreadableFile(_("The file has been imported already, or has waited too long."))
        return b64decode(decrypt(sealed))

    def is_there(self) -> bool:
        return cache.has_key(self.CACHE_PREFIX + self.name)


class CisResult(Result):  # type: ignore[misc]
    preview: Preview


class AccountResource(ModelResource):  # type: ignore[misc]
    class Meta:
        model = UtilityAccount
        fields = COLUMNS

    # biller: none before there is a valid form, when the library asks for the columns alone.
    def __init__(self, *, biller: Any = None, is_full: bool = False) -> None:
        super().__init__()
        self.biller, self.is_full = biller, is_full

    def import_data(self, dataset: Table, dry_run: bool = False, **kwargs: Any) -> CisResult:
        """The preview alone: what somebody says yes to is taken over by `accounts.cis_task`."""
        result = CisResult()
        try:
            result.preview = preview(dataset, self.biller, is_full=self.is_full)
        except UnreadableFile as error:
            result.append_base_error(Error(error))
        return result
