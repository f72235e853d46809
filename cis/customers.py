"""Detects files whose names are in the wrong column or the wrong rows. Such a file would give most
accounts to other customers, and every member with one would have to prove it again."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.linked_accounts.customers import moved_to_others
from backoffice.tables.columns import Columns
from backoffice.tables.table import Table
from cis.rows.examining import Batch, examine
from icsso.billers.models import Biller

LOOKED_AT = 1_000  # rows: swapped columns show in the first ones
PLAUSIBLE = 0.2  # of these accounts may have another customer since the last file
FEWEST = 10  # as few as this are always accepted


class DoubtfulNames(Exception):
    """The file would give accounts to other customers that probably still belong to the same ones;
    the message says why."""


@dataclass
class NameChanges:
    """rows: how many were read. known: how many of these are about accounts in the portal. moved:
    how many of those get another customer."""

    rows: int = 0
    known: int = 0
    moved: int = 0

    @property
    def is_enough(self) -> bool:
        return self.rows >= LOOKED_AT

    def add(self, batch: Batch, moved: int) -> None:
        if not self.is_enough:
            known = len(batch.changed) + len(batch.unchanged)
            self.rows += known + len(batch.created) + len(batch.rejected)
            self.known += known
            self.moved += moved

    def doubt(self) -> str:
        """Returns why the file should not be imported without confirmation, or ""."""
        if self.moved < FEWEST or self.moved <= self.known * PLAUSIBLE:
            return ""
        said = _(
            "%(moved)d of the first %(known)d known accounts in the file would get another "
            "customer. The names may be in the wrong column or the wrong rows."
        )
        return said % {"moved": self.moved, "known": self.known}


def names_doubt(table: Table, biller: Biller, columns: Columns) -> str:
    """Reads the first rows; writes nothing. Returns why the names should not be imported without
    confirmation, or "". Raises UnreadableFile."""
    changes = NameChanges()
    for batch in examine(table, biller, columns):
        changes.add(batch, len(moved_to_others(batch.renamed, biller)))
        if changes.is_enough:
            break
    return changes.doubt()
