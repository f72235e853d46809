"""Files whose names are in the wrong column or the wrong rows: they give most accounts to somebody
else, and everyone who is a member with one would have to prove it again."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.linked_accounts.customers import moved_to_others
from backoffice.tables.columns import Columns
from backoffice.tables.table import Table
from cis.rows.examining import Batch, examine
from icsso.billers.models import Biller

LOOKED_AT = 1_000  # rows: if the columns are swapped, it shows in the first ones
PLAUSIBLE = 0.2  # of these may have another customer since the last file
FEWEST = 10  # are never too many


class DoubtfulNames(Exception):
    """The file would give accounts to other customers that are probably still the same one's; the
    message says why."""


@dataclass
class NameChanges:
    """rows: how many have been looked at. known: how many of these are of accounts in the portal.
    moved: how many of these get another customer."""

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
        """Returns why it should not be imported without another look; "" if it is plausible."""
        if self.moved < FEWEST or self.moved <= self.known * PLAUSIBLE:
            return ""
        said = _(
            "%(moved)d of the first %(known)d known accounts in the file would get another "
            "customer. The names may be in the wrong column or the wrong rows."
        )
        return said % {"moved": self.moved, "known": self.known}


def names_doubt(table: Table, biller: Biller, columns: Columns) -> str:
    """Reads the first rows; writes nothing. Returns why the names should not be imported without
    another look; "" if they are plausible. Raises UnreadableFile."""
    changes = NameChanges()
    for batch in examine(table, biller, columns):
        changes.add(batch, len(moved_to_others(batch.renamed, biller)))
        if changes.is_enough:
            break
    return changes.doubt()
