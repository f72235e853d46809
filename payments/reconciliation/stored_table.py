"""A stored list as a table, so that it is read the same way as a file that was just uploaded."""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.tables.columns import distinct_names
from backoffice.tables.table import Row, Table, UnreadableFile
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine

LINES_AT_ONCE = 1000


class StoredTable(Table):
    def __init__(self, reconciliation: Reconciliation) -> None:
        self.reconciliation = reconciliation
        self.is_ragged, self.epoch = reconciliation.is_ragged, reconciliation.epoch
        self.choose_header(reconciliation.header_number)

    def rows(self) -> Iterator[Row]:
        last = 0
        for number, cells in self.reconciliation.top:
            yield Row(number, list(cells))
            last = number
        lines = self.reconciliation.lines.filter(number__gt=last).order_by("number")
        for line in lines.iterator(LINES_AT_ONCE):
            yield Row(line.number or 0, list(line.cells))

    def __iter__(self) -> Iterator[Row]:
        """Returns the rows below the header as received: `width.fitted` drops extra cells."""
        return (row for row in self.rows() if row.number > self.header_number)


def why_fixed(reconciliation: Reconciliation) -> str:
    """Returns why it can't be read differently; "" if it can."""
    if reconciliation.withdrawn_at:
        return _("This list was withdrawn.")
    if reconciliation.has_resolutions():
        return _("Some lines of this list are resolved, so its columns can't be changed.")
    if reconciliation.has_reversals():
        return _(
            "Reversals were recorded from this list, so its columns can't be changed. If it was "
            "read wrong, withdraw it and upload it again."
        )
    if reconciliation.emptied_at:
        return _("What was uploaded is no longer kept, so this list can't be read again.")
    if reconciliation.is_under_way:
        return _("The list is being matched. Try again in a moment.")
    return ""


@transaction.atomic
def use_header(reconciliation: Reconciliation, number: int) -> None:
    """Uses another of the first rows as the header. The columns must then be chosen again. Raises
    UnreadableFile if it is not one of them, or if the list was withdrawn, matched, or resolved in
    the meantime."""
    # The lock of `resolution` and `withdrawal`.
    lists = Reconciliation.objects.select_for_update(no_key=True)
    if obstacle := why_fixed(lists.get(pk=reconciliation.pk)):
        raise UnreadableFile(obstacle)
    top = dict(reconciliation.top)
    if number not in top:
        said = _("The column names must be in one of the first rows with text, up to row %d.")
        raise UnreadableFile(said % max(top, default=1))
    reconciliation.lines.filter(number=None).delete()
    reconciliation.lines.filter(number__lte=number).delete()
    known = set(reconciliation.lines.filter(number__in=top).values_list("number", flat=True))
    ReconciliationLine.objects.bulk_create(
        ReconciliationLine(reconciliation=reconciliation, number=each, cells=cells)
        for each, cells in top.items()
        if each > number and each not in known
    )
    reconciliation.header_number, reconciliation.columns = number, {}
    reconciliation.header = distinct_names(StoredTable(reconciliation).header)
    reconciliation.matched_at = None
    reconciliation.save(update_fields=["header_number", "header", "columns", "matched_at"])
