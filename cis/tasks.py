"""Imports a confirmed file in the background; the page of the import shows the result."""

from io import StringIO

from django.utils import translation
from django_tasks import task

from backoffice.tables.table import UnreadableFile
from cis.closing import DoubtfulFile
from cis.customers import DoubtfulNames
from cis.importer import Anyway, import_accounts
from cis.models import AccountImport
from cis.rows.problems import RejectsFile
from cis.uploads import StoredUpload


@task()
def import_in_background(
    pk: int, upload: str, close_anyway: bool, language: str, *, customers_anyway: bool = False
) -> None:
    """language: of the staff user who reads the failure message."""
    run = AccountImport.objects.get(pk=pk)
    with translation.override(language):
        import_upload(run, upload, Anyway(close=close_anyway, customers=customers_anyway))


def import_upload(run: AccountImport, upload: str, anyway: Anyway) -> None:
    """upload: the token of the stored file, which is kept if the import fails."""
    rejects = StringIO(newline="")
    try:
        stored = StoredUpload.find(upload)
        table = stored.table()
        reject = RejectsFile(table, rejects).add
        import_accounts(table, run, reject=reject, anyway=anyway)
    except (DoubtfulFile, DoubtfulNames, UnreadableFile) as reason:
        run.failure = str(reason)
        run.save(update_fields=["failure"])
        return
    if run.rejected:
        run.rejects = rejects.getvalue()
        run.save(update_fields=["rejects"])
    AccountImport.forget_rejects()
    stored.forget()
