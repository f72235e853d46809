"""The work that waits for a staff user: in which tools, how much, and at which billers."""

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.models import StaffUser
from backoffice.navigation import MOST_WAITING, Tool, tools_for
from icsso.billers.models import Biller

# How many billers are counted separately. More would take too many queries.
MOST_BILLERS = 10


class BillerWork(NamedTuple):
    name: str
    number: int

    @property
    def shown(self) -> str:
        return _shown(self.number)


class Work(NamedTuple):
    """number: up to `MOST_WAITING`. billers: where it waits, for staff users who work for several
    billers; empty for others."""

    label: str | Promise
    address: str
    number: int
    billers: list[BillerWork]

    @property
    def shown(self) -> str:
        return _shown(self.number)


def work_of(person: StaffUser) -> list[Work]:
    """Returns the work that waits for this staff user, by the tools they can open. Takes one query
    for each tool, and one more for each biller where work waits."""
    return list(_work_of(person))


def _work_of(person: StaffUser) -> Iterator[Work]:
    billers = person.managed_billers()
    several = list(billers.order_by("name", "pk")[: MOST_BILLERS + 1])
    for _job, tool in tools_for(admin.site, person):
        number = tool.waiting(billers) if tool.waiting and several else 0
        if number:
            parts = _by_biller(tool, billers, several)
            yield Work(tool.work or tool.label, tool.address, number, parts)


def _by_biller(tool: Tool, billers: QuerySet[Biller], several: list[Biller]) -> list[BillerWork]:
    if not 1 < len(several) <= MOST_BILLERS or not tool.waiting:
        return []
    each = [BillerWork(one.name, tool.waiting(billers.filter(pk=one.pk))) for one in several]
    return [one for one in each if one.number]


def _shown(number: int) -> str:
    return str(number) if number < MOST_WAITING else f"{MOST_WAITING - 1}+"
