"""What the portal holds about a member, part by part. Each package registers its own parts, so that
an export or an erasure leaves out none."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.functional import Promise

from accounts.models import Member

Text = str | Promise


class Item(NamedTuple):
    """One value of a row. key: its name in JSON."""

    key: str
    label: Text
    value: Callable[[Any], Any]


class Part(NamedTuple):
    """One kind of data.

    key: its name in JSON. rows: those about this member, without secrets; read one after the other,
    so there may be any number. erase: deletes them, or takes the person out of them, in the
    transaction that deletes the member; not needed for what is deleted together with the member.
    becomes: what an erasure makes of it, for the staff user who confirms it.
    """

    key: str
    title: Text
    items: Sequence[Item]
    rows: Callable[[Member], Iterable[Any]]
    becomes: Text
    erase: Callable[[Member], object] | None = None


_parts: dict[str, Part] = {}
_hindrances: list[Callable[[Member], Iterable[Text]]] = []


def register(*parts: Part) -> None:
    """Call it from `AppConfig.ready`. The order is that of the export."""
    _parts.update({part.key: part for part in parts})


def parts() -> Sequence[Part]:
    return tuple(_parts.values())


def register_hindrance(find: Callable[[Member], Iterable[Text]]) -> None:
    """find: returns why the member's account can't be closed yet, and what to do, in sentences for
    the member. Call it from `AppConfig.ready`."""
    if find not in _hindrances:
        _hindrances.append(find)


def hindrances(member: Member) -> list[Text]:
    return [found for find in _hindrances for found in find(member)]
