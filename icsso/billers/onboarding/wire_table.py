"""The wire of a biller as a table: everything the portal sends and reads, with the differences from
the contract marked."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icsso.client import sso
from icsso.client.contract import (
    APPROVED_TEXTS,
    REFUSALS,
    Operation,
    PostbackField,
    names_of,
)
from icsso.client.refusals import Meaning, Refused
from icsso.client.wire.customer_record import EVERY_OPERATION
from icsso.client.wire.parts import OperationProfile, PostbackProfile, SsoProfile
from icsso.client.wire.profile import WireProfile

MEANINGS = {
    Meaning.MISMATCH: gettext_lazy("the password differs"),
    Meaning.NOT_REGISTERED: gettext_lazy("not registered"),
    Meaning.ALREADY_EXISTS: gettext_lazy("already exists"),
    Meaning.REJECTED: gettext_lazy("refused"),
}


class Entry(NamedTuple):
    """words: what is sent or read. differs: whether the contract says something else. contract:
    what it says, if it is a single thing."""

    words: str
    differs: bool = False
    contract: str = ""


class Row(NamedTuple):
    label: str
    entries: list[Entry]


class Part(NamedTuple):
    """One operation, the single sign-on, or the postback. key: its name in the profile."""

    key: str
    summary: Entry
    rows: list[Row]

    @property
    def differences(self) -> int:
        return sum(entry.differs for row in self.rows for entry in row.entries)


def wire_table(wire: WireProfile, *, base_url: str) -> list[Part]:
    """Returns the whole wire, in the order of the contract."""
    operations = [
        _operation(name, known, wire.operation(name)) for name, known in EVERY_OPERATION.items()
    ]
    return [*operations, _sso(wire.sso, base_url), _postback(wire.postback), _hosts(wire)]


def _operation(name: str, known: Operation, own: OperationProfile) -> Part:
    address = _address(known, own)
    rows = [
        Row(_("Method and address"), [address]),
        Row(_("Names sent"), [*_names(known.sends, own.send), *_constants(own)]),
        Row(_("Values read"), _values(names_of(known.reads), own.read)),
        Row(_("Success"), _successes(own)),
        Row(_("Refusals"), [*_refusals(own.refused, True), *_refusals(REFUSALS.get(name, ()))]),
    ]
    return Part(f"operations.{name}", address, [row for row in rows if row.entries])


def _address(known: Operation, own: OperationProfile) -> Entry:
    contract = f"{known.method} {known.path}"
    words = f"{own.method or known.method} {own.host or ''}{own.path or known.path}"
    return _entry(words, contract)


def _entry(words: str, contract: str) -> Entry:
    return Entry(words, differs=words != contract, contract=contract)


def _names(names: tuple[str, ...], sent: Mapping[str, str | None]) -> list[Entry]:
    return [
        _entry(sent.get(name, name) or _("%(name)s: not sent") % {"name": name}, name)
        for name in names
    ]


def _constants(own: OperationProfile) -> list[Entry]:
    return [Entry(f"{name} = {json.dumps(value)}", differs=True) for name, value in own.set.items()]


def _values(names: tuple[str, ...], read: Mapping[str, str]) -> list[Entry]:
    return [_entry(read.get(name, name), name) for name in names]


def _successes(own: OperationProfile) -> list[Entry]:
    if own.succeeded:
        return [Entry(f"{path} = {text}", differs=True) for path, text in own.succeeded.items()]
    return [Entry(_("Status 200, unless the answer says Success: false or gives only a reason"))]


def _refusals(refused: tuple[Refused, ...], differs: bool = False) -> list[Entry]:
    return [Entry(_refusal(one), differs=differs) for one in refused]


def _refusal(refused: Refused) -> str:
    signs = [
        _("status %(status)s") % {"status": refused.status} if refused.status else "",
        _("text “%(text)s”") % {"text": refused.text} if refused.text else "",
        _("code “%(code)s”") % {"code": refused.code} if refused.code else "",
    ]
    return f"{', '.join(filter(None, signs))} → {MEANINGS[refused.means]}"


def _sso(own: SsoProfile, base_url: str) -> Part:
    known = SsoProfile()
    address = _entry(
        f"{own.method} {own.form_action(base_url)}", f"{known.method} {known.form_action(base_url)}"
    )
    rows = [
        Row(_("Method and address"), [address]),
        Row(_("Names sent"), _names(sso.FIELDS, own.fields)),
    ]
    return Part("sso", address, rows)


def _postback(own: PostbackProfile) -> Part:
    known = PostbackProfile()
    method = _entry(own.method, known.method)
    rows = [
        Row(_("HTTP method"), [method]),
        Row(_("Names received"), _values(tuple(PostbackField), own.fields)),
        Row(_("Texts for approved"), _texts(own, own.approved, meaning=True)),
        Row(_("Texts for declined"), _texts(own, own.declined, meaning=False)),
        Row(_("Time zone of dates"), [_entry(own.time_zone, known.time_zone)]),
    ]
    return Part("postback", method, rows)


def _texts(own: PostbackProfile, added: tuple[str, ...], *, meaning: bool) -> list[Entry]:
    known = [text for text, approved in APPROVED_TEXTS.items() if approved is meaning]
    return [*map(Entry, known), *(Entry(text, differs=True) for text in added)]


def _hosts(wire: WireProfile) -> Part:
    entries = list(_host_entries(wire)) or [Entry(_("none"))]
    return Part("hosts", entries[0], [Row(_("Further servers of hosted pages"), entries)])


def _host_entries(wire: WireProfile) -> Iterator[Entry]:
    for host in wire.hosts:
        yield Entry(host, differs=True)
