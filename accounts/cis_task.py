"""A file that somebody has said yes to is taken over beside the request; its run tells the rest."""

from io import StringIO

from django.utils import translation
from django_tasks import task

from accounts.cis import import_accounts
from accounts.cis_closing import DoubtfulFile
from accounts.cis_refused import RefusedFile
from accounts.cis_resource import WaitingUpload, read_upload
from accounts.cis_runs import AccountImport
from accounts.tables import UnreadableFile


@task()
def take_over_in_background(pk: int, upload: str, close_anyway: bool, language: str) -> None:
    """language: of whoever reads what went wrong."""
    with translation.override(language):
        take_over(AccountImport.objects.get(pk=pk), upload, close_anyway=close_anyway)


def take_over(run: AccountImport, upload: str, *, close_anyway: bool) -> None:
    """upload: the name by which the file waits. It waits on when it was not taken."""
    waiting, refused = WaitingUpload(name=upload), StringIO(newline="")
    try:
        table = read_upload(waiting.read())
        tell = RefusedFile(table, refused).add
        import_accounts(table, run, refuse=tell, close_anyway=close_anyway)
    except (DoubtfulFile, UnreadableFile) as reason:
        run.failure = str(reason)
        run.save(update_fields=["failure"])
        return
    if run.refused:
        run.refused_lines = refused.getvalue()
        run.save(update_fields=["refused_lines"])
    AccountImport.forget_refused_lines()
    waiting.remove()
