"""The navigation of the back office: what a staff user can open, grouped by job instead of by app.

Each `ModelAdmin` and `Tool` can name its job; otherwise its app decides. Anything else is a record,
so that nothing is ever missing.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, Protocol

from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

MOST_WAITING = 100  # counted exactly up to one less
UNUSED = 7777777777  # as a primary key; no part of any address
# What staff open all day stands first in its group.
DAILY = (
    "payments_payment_changelist",
    "payments_where",
    "accounts_member_changelist",
    "accounts_utilityaccount_changelist",
    "icsso_biller_changelist",
    "accounts_staffuser_changelist",
)


class Job(TextChoices):
    """In the order in which they are shown."""

    MONEY = "money", _("Money")
    CUSTOMERS = "customers", _("Customers")
    SETUP = "set-up", _("Set-up")
    RECORDS = "records", _("Records")


JOB_OF_APP = {
    "payments": Job.MONEY,
    "posting": Job.MONEY,
    "accounts": Job.CUSTOMERS,
    "support": Job.CUSTOMERS,
    "cis": Job.CUSTOMERS,
    "icsso": Job.SETUP,
    "api": Job.SETUP,
}


class Tool(NamedTuple):
    """A page that is not a model's list, or a list where work waits.

    view: a URL name under `admin:`. permission: `app.codename`, required to open it. waiting: how
    much work waits there at these billers; count it with `capped`. job: where the navigation shows
    it, if not with its `ModelAdmin`. work: what waits, such as “Failed imports”, if `label` doesn't
    say it.
    """

    label: str | Promise
    view: str
    permission: str
    waiting: Callable[[QuerySet[Any]], int] | None = None
    job: Job | None = None
    work: str | Promise = ""

    @property
    def address(self) -> str:
        return address_of(self.view)


class Entry(NamedTuple):
    label: str
    address: str


class Group(NamedTuple):
    """Nothing but plain text, so that equal navigations are drawn once (`{% drawn_once %}`)."""

    job: Job
    entries: tuple[Entry, ...]

    @property
    def label(self) -> str | Promise:
        return self.job.label

    @property
    def addresses(self) -> list[str]:
        return [entry.address for entry in self.entries]


class Site(Protocol):
    """The part of `AdminSite` that is needed here."""

    _registry: dict[Any, Any]


@cache
def address_of(view: str) -> str:
    """view: a URL name under `admin:`, without arguments."""
    return reverse(f"admin:{view}")


@cache
def _around_the_key(view: str) -> tuple[str, str]:
    before, after = reverse(f"admin:{view}", args=[UNUSED]).split(str(UNUSED))
    return before, after


def address_of_record(view: str, key: int | str) -> str:
    """Returns the address of a page about the record with this primary key, a number: looked up
    once for each page, since a list has one or several for each of its rows."""
    before, after = _around_the_key(view)
    return f"{before}{int(key)}{after}"


def capped(rows: QuerySet[Any]) -> int:
    """Returns how many rows there are, up to `MOST_WAITING`: nobody needs to know more."""
    return rows.order_by()[:MOST_WAITING].count()


def job_of(model_admin: Any) -> Job:
    own: Job | None = getattr(model_admin, "job", None)
    return own or JOB_OF_APP.get(model_admin.opts.app_label, Job.RECORDS)


def tools_for(site: Site, user: Any) -> Iterator[tuple[Job, Tool]]:
    """Returns the tools that this staff user can open."""
    for model_admin in site._registry.values():
        for tool in getattr(model_admin, "tools", ()):
            if user.has_perm(tool.permission):
                yield tool.job or job_of(model_admin), tool


def navigation(site: Site, request: HttpRequest) -> tuple[Group, ...]:
    """Returns what this staff user can open: in each group what is opened daily, the tools where
    work can wait, the other tools, and lists. A list that a tool leads to is shown once, with the
    tool's label."""
    entries: dict[Job, dict[str, Entry]] = {job: {} for job in Job}
    tools = sorted(tools_for(site, request.user), key=lambda each: each[1].waiting is None)
    for job, tool in tools:
        entries[job].setdefault(tool.address, Entry(str(tool.label), tool.address))
    known = {address for group in entries.values() for address in group}
    for job, entry in _lists(site, request):
        if entry.address not in known:
            entries[job][entry.address] = entry
    daily = [address_of(view) for view in DAILY]
    return tuple(
        Group(job, tuple(sorted(group.values(), key=lambda each: _place(daily, each.address))))
        for job, group in entries.items()
        if group
    )


def _place(daily: list[str], address: str) -> int:
    return daily.index(address) if address in daily else len(daily)


def _lists(site: Site, request: HttpRequest) -> Iterator[tuple[Job, Entry]]:
    for model, model_admin in site._registry.items():
        if not model_admin.has_module_permission(request):
            continue
        if model_admin.has_view_or_change_permission(request):
            opts = model._meta
            address = address_of(f"{opts.app_label}_{opts.model_name}_changelist")
            label = str(capfirst(opts.verbose_name_plural))
            yield job_of(model_admin), Entry(label, address)


def current(groups: Iterable[Group], path: str) -> str:
    """Returns the address of the entry that this path belongs to, or ""."""
    fitting = [
        entry.address
        for group in groups
        for entry in group.entries
        if path.startswith(entry.address)
    ]
    return max(fitting, key=len, default="")
