"""Differences between the recorded postbacks and what the portal reads (the contract with the
biller's wire profile applied), in sentences for an operator."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from icsso.billers.postback_samples.models import PostbackSample
from icsso.billers.time_zones import UNITED_STATES, zone_label
from icsso.client.contract import PostbackField
from icsso.client.wire.parts import PostbackProfile

FORM = "application/x-www-form-urlencoded"
# Without these, a postback cannot become a payment.
NEEDED = (PostbackField.APPROVED, PostbackField.PAYMENT_GUID, PostbackField.PAYMENT_AMOUNT)
MONEY = (PostbackField.PAYMENT_AMOUNT, PostbackField.CONVENIENCE_FEE)
READABLE_MONEY = ("money:", "digits:", "integer", "empty")
READABLE_DATES = ("date:M/d/yyyy", "empty")
GUIDS = (PostbackField.PAYMENT_GUID, PostbackField.BILLER_GUID)
READABLE_GUIDS = ("guid", "empty")
# How long before its postback a payment was made, at most, in minutes. A little less than nothing,
# too: two clocks differ.
JUST_MADE = range(-5, 16)


class Difference(NamedTuple):
    """matters: whether payments may stay unconfirmed because of it."""

    words: str
    matters: bool


class Column(NamedTuple):
    """One name in the recorded postbacks. field: the contract's name; empty if unknown."""

    name: str
    field: str
    places: list[str]
    kinds: list[str]

    @property
    def is_nameless(self) -> bool:
        """Whether there was no name, or one that may be a value, shown in braces."""
        return self.name.startswith("{")


# Which unknown name may be that of a missing field.
FITS: Mapping[PostbackField, Callable[[Column], bool]] = {
    PostbackField.PAYMENT_GUID: lambda one: all(kind.startswith("guid") for kind in one.kinds),
    PostbackField.PAYMENT_AMOUNT: lambda one: all(kind.startswith("money") for kind in one.kinds),
    PostbackField.BILLER_REFERENCE: lambda one: "reference" in one.name.lower(),
}


def columns(samples: Iterable[PostbackSample], profile: PostbackProfile) -> list[Column]:
    """Returns every name received with its kinds, in the order first seen."""
    found: dict[str, Column] = {}
    known = {_expected(field, profile).casefold(): field.value for field in PostbackField}
    for one in (one for sample in samples for one in sample.fields):
        key = one["name"].casefold()
        column = found.setdefault(key, Column(one["name"], known.get(key, ""), [], []))
        for values, value in ((column.places, one["place"]), (column.kinds, one["kind"])):
            if value not in values:
                values.append(value)
    return list(found.values())


def differences(
    samples: Sequence[PostbackSample], profile: PostbackProfile, *, zones: Sequence[str] = ()
) -> list[Difference]:
    """Returns what an operator should know. Nothing if no postback was recorded.

    zones: time zones that PaymentDate may be in, the likeliest first, before those of the United
    States.
    """
    if not samples:
        return []
    seen = columns(samples, profile)
    by_field = {column.field: column for column in seen if column.field}
    missing = [field for field in PostbackField if field not in by_field]
    return [
        *_of_the_call(samples, seen, profile),
        *_of_names(seen, missing, profile),
        *_of_approval(samples, by_field),
        *_of_kinds(by_field),
        *_of_time_zone(samples, profile, zones),
    ]


def suggested(
    samples: Sequence[PostbackSample], profile: PostbackProfile, *, zones: Sequence[str] = ()
) -> dict[str, Any]:
    """Returns the part of a wire profile that the samples suggest; {} if there is none. A name is
    suggested if it is the only unknown one that fits. zones: as of `differences`."""
    seen = columns(samples, profile)
    known = {column.field for column in seen}
    unknown = [column for column in seen if not column.field and not column.is_nameless]
    fits = {field: [one.name for one in unknown if fit(one)] for field, fit in FITS.items()}
    fields = {
        field.value: names[0]
        for field, names in fits.items()
        if field not in known and len(names) == 1
    }
    part: dict[str, Any] = {"fields": fields} if fields else {}
    if not {sample.method for sample in samples} <= profile.methods:
        part["method"] = "ANY"
    if zone := _other_zone(samples, profile, zones):
        part["time_zone"] = zone
    return {"postback": part} if part else {}


def _expected(field: PostbackField, profile: PostbackProfile) -> str:
    return profile.fields.get(field, field.value)


def _of_the_call(
    samples: Sequence[PostbackSample], seen: list[Column], profile: PostbackProfile
) -> Iterator[Difference]:
    for method in sorted({sample.method for sample in samples}):
        if method not in profile.methods:
            words = _("Sent by %(method)s, which the profile does not allow, and refused.")
            yield Difference(words % {"method": method}, True)
        elif method not in {"POST", profile.method}:
            yield Difference(_("Sent by %(method)s instead of POST.") % {"method": method}, False)
    posted = {sample.content_type for sample in samples if sample.method == "POST"}
    for kind in sorted(posted - {FORM}):
        words = _("The content type is “%(kind)s” instead of a form.")
        is_read = all(_is_read(sample) for sample in samples if sample.content_type == kind)
        yield Difference(words % {"kind": kind or _("none")}, not is_read)
    if any("query" in column.places for column in seen):
        words = _("Fields are in the address (query string) instead of the body. Both can be read.")
        yield Difference(words, False)


def _is_read(sample: PostbackSample) -> bool:
    """Whether the body, if there was one, contained any name."""
    names = [one["name"] for one in sample.fields if one["place"] == "body"]
    return not names or not all(name.startswith("{") for name in names)


def _of_names(
    seen: list[Column], missing: list[PostbackField], profile: PostbackProfile
) -> Iterator[Difference]:
    needed = [_expected(field, profile) for field in missing if field in NEEDED]
    if needed:
        words = _("Needed for a payment and not sent: %(names)s.")
        yield Difference(words % {"names": ", ".join(needed)}, True)
    others = [_expected(field, profile) for field in missing if field not in NEEDED]
    if others:
        words = _("Not sent so far: %(names)s.")
        yield Difference(words % {"names": ", ".join(others)}, False)
    unknown = [column.name for column in seen if not column.field and not column.is_nameless]
    if unknown:
        words = _("Sent, but not in the contract: %(names)s.")
        yield Difference(words % {"names": ", ".join(unknown)}, bool(needed))
    if any(column.is_nameless for column in seen):
        yield Difference(_("Part of it has no readable name."), True)


def _of_approval(
    samples: Sequence[PostbackSample], by_field: dict[str, Column]
) -> Iterator[Difference]:
    if any(sample.approval_is_known is False for sample in samples):
        kinds = ", ".join(_kinds(by_field, PostbackField.APPROVED))
        words = _(
            "%(name)s has a text that the portal doesn't know (%(kinds)s). The review queue shows "
            "it. Ask Invoice Cloud which texts mean paid and declined, and enter them in the "
            "profile."
        )
        yield Difference(words % {"name": PostbackField.APPROVED, "kinds": kinds}, True)


def _of_kinds(by_field: dict[str, Column]) -> Iterator[Difference]:
    rules = (
        (
            MONEY,
            READABLE_MONEY,
            _("%(name)s is not written like money in the contract (%(kinds)s)."),
        ),
        (
            (PostbackField.PAYMENT_DATE,),
            READABLE_DATES,
            _("%(name)s is not written like a date in the contract (%(kinds)s)."),
        ),
        (GUIDS, READABLE_GUIDS, _("%(name)s is not written like a GUID (%(kinds)s).")),
    )
    for fields, readable, words in rules:
        for field in fields:
            odd = [kind for kind in _kinds(by_field, field) if not kind.startswith(readable)]
            if odd:
                matters = field != PostbackField.PAYMENT_DATE
                yield Difference(words % {"name": field, "kinds": ", ".join(odd)}, matters)


def _of_time_zone(
    samples: Sequence[PostbackSample], profile: PostbackProfile, zones: Sequence[str]
) -> Iterator[Difference]:
    if zone := _other_zone(samples, profile, zones):
        words = _("%(name)s seems to be in the time zone %(zone)s, and is read as %(known)s.")
        known = zone_label(profile.time_zone)
        named = {"name": PostbackField.PAYMENT_DATE, "zone": zone_label(zone), "known": known}
        yield Difference(words % named, True)


def _other_zone(
    samples: Sequence[PostbackSample], profile: PostbackProfile, zones: Sequence[str]
) -> str:
    """Returns the first zone in which most of the payments were just made when their postback
    came. Empty if that is the profile's, or if there is none: postbacks can be hours late."""
    timed = [
        (sample.received_at, sample.clock_offset)
        for sample in samples
        if sample.clock_offset is not None
    ]
    for name in (profile.time_zone, *zones, *UNITED_STATES, "UTC"):
        if sum(_was_just_made(*each, ZoneInfo(name)) for each in timed) * 2 > len(timed):
            return name if name != profile.time_zone else ""
    return ""


def _was_just_made(received_at: datetime, clock_offset: int, zone: ZoneInfo) -> bool:
    offset = received_at.astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(minutes=1) - clock_offset in JUST_MADE


def _kinds(by_field: dict[str, Column], field: PostbackField) -> list[str]:
    return by_field[field].kinds if field in by_field else []
