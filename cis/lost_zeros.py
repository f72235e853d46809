"""Account numbers that lost their leading zeros in a spreadsheet."""

from collections.abc import Collection
from functools import cached_property

from django.db.models.functions import Length

from icsso.billers.models import Biller

AT_ONCE = 900  # numbers in one query


class LostZeros:
    """Finds the biller's accounts that differ from a number only in leading zeros.

    Numbers have few lengths, so only few candidates are looked up.
    """

    def __init__(self, biller: Biller) -> None:
        self.biller = biller

    @cached_property
    def lengths(self) -> list[int]:
        lengths = self.biller.accounts.order_by().annotate(length=Length("account_number"))
        return list(lengths.values_list("length", flat=True).distinct())

    def find(self, numbers: Collection[str]) -> dict[str, list[int]]:
        """Returns the primary keys of these accounts for each number that has any."""
        written: dict[str, set[str]] = {}
        for number in numbers:
            for other in self._candidates(number):
                written.setdefault(other, set()).add(number)
        found: dict[str, list[int]] = {}
        candidates = list(written)
        for start in range(0, len(candidates), AT_ONCE):
            some = candidates[start : start + AT_ONCE]
            known = self.biller.accounts.filter(account_number__in=some).order_by()
            for other, pk in known.values_list("account_number", "pk"):
                for number in written[other]:
                    found.setdefault(number, []).append(pk)
        return found

    def _candidates(self, number: str) -> set[str]:
        bare = number.lstrip("0")
        if not bare.isdecimal():
            return set()
        zeros = (length - len(bare) for length in self.lengths)
        return {"0" * missing + bare for missing in zeros if missing >= 0} - {number}
