"""Our way of importing as django-import-export sees it: a format, a resource, a place to wait.

Its own would hold the file and a result for each line in memory and write each row by itself.
"""

from base64 import b64decode, b64encode
from io import BytesIO, StringIO
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _
from import_export.formats.base_formats import Format
from import_export.resources import ModelResource
from import_export.results import Error, Result
from import_export.tmp_storages import CacheStorage

from accounts.cis import import_accounts
from accounts.cis_lines import COLUMNS, columns_of
from accounts.cis_preview import Preview, preview
from accounts.cis_refused import RefusedFile
from accounts.cis_runs import AccountImport
from accounts.models import UtilityAccount
from accounts.table_files import read_table
from accounts.tables import Table, UnreadableFile
from icsso.encryption import decrypt, encrypt
from icsso.models import Biller

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
        table = read_table(BytesIO(in_stream), most_unpacked=MOST_UNPACKED)
        columns_of(table)  # raises what can be said at once
        return table


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
    run: AccountImport


class AccountResource(ModelResource):  # type: ignore[misc]
    class Meta:
        model = UtilityAccount
        fields = COLUMNS

    # biller: none before there is a valid form, when the library asks for the columns alone.
    def __init__(
        self, *, biller: Any = None, is_full: bool = False, close_anyway: bool = False
    ) -> None:
        super().__init__()
        self.biller, self.is_full, self.close_anyway = biller, is_full, close_anyway

    def import_data(self, dataset: Table, dry_run: bool = False, **kwargs: Any) -> CisResult:
        result = CisResult()
        if not dry_run:
            result.run = self._take_over(dataset, self.biller, **kwargs)
            return result
        try:
            result.preview = preview(dataset, self.biller, is_full=self.is_full)
        except UnreadableFile as error:
            result.append_base_error(Error(error))
        return result

    def _take_over(
        self, table: Table, biller: Biller, *, user: Any, file_name: str, **kwargs: Any
    ) -> AccountImport:
        run = AccountImport(biller=biller, by=user, file_name=file_name[:200], is_full=self.is_full)
        refused = StringIO(newline="")
        tell = RefusedFile(table, refused).add
        import_accounts(table, run, refuse=tell, close_anyway=self.close_anyway)
        if run.refused:
            run.refused_lines = refused.getvalue()
            run.save(update_fields=["refused_lines"])
        AccountImport.forget_refused_lines()
        return run
