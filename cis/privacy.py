"""What `cis` holds about a member: rejected rows of account files, until they are deleted."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from accounts.privacy.addresses import emails_of
from accounts.privacy.registry import Item, Part, register
from backoffice.exports.safe_text import unguarded
from cis.models import AccountImport
from icsso.client.parsing import account_key


class Rejected(NamedTuple):
    run: AccountImport
    cells: list[str]


class Traces:
    """Whether a row is about a member: it has the number of an account that is theirs, or their
    email."""

    def __init__(self, member: Member) -> None:
        own = member.all_links.filter(needs_proof_since=None)
        self.keys = set(own.values_list("account__number_key", flat=True))
        self.emails = {email.casefold() for email in emails_of(member)}

    def are_in(self, cells: list[str]) -> bool:
        texts = [unguarded(cell).strip().removeprefix("'") for cell in cells]
        return any(each.casefold() in self.emails for each in texts) or any(
            account_key(each) in self.keys for each in texts if any(map(str.isdigit, each))
        )


def _runs(member: Member) -> Iterator[AccountImport]:
    return AccountImport.objects.filter(biller=member.biller_id).exclude(rejects="").iterator()


def _rows(member: Member) -> Iterator[Rejected]:
    traces = Traces(member)
    for run in _runs(member):
        for cells in csv.reader(StringIO(run.rejects, newline="")):
            if traces.are_in(cells[2:]):
                yield Rejected(run, cells)


def _erase(member: Member) -> None:
    traces = Traces(member)
    for run in _runs(member):
        kept, is_theirs = StringIO(newline=""), False
        writer = csv.writer(kept, quoting=csv.QUOTE_ALL)
        for cells in csv.reader(StringIO(run.rejects, newline="")):
            if traces.are_in(cells[2:]):
                is_theirs = True
            else:
                writer.writerow(cells)
        if is_theirs:
            AccountImport.objects.filter(pk=run.pk).update(rejects=kept.getvalue())


register(
    Part(
        "rejected_rows",
        _("rejected rows of account files"),
        (
            Item("started_at", _("imported"), lambda row: row.run.started_at),
            Item("cells", _("row"), lambda row: " | ".join(row.cells)),
        ),
        _rows,
        _("deleted"),
        _erase,
    ),
)
