"""The wire profile with which a portal copes: what it must know about this wire, as JSON."""

from collections.abc import Mapping
from typing import Any

from .failures import CONFLICT_TEXT
from .operations import OPERATIONS, WITH_CONFLICTS
from .wire import ANYTHING, OperationWire, Wire, contract

Json = dict[str, Any]
# The portal reads these without being told.
READ_ANYWAY = {("Users.EmailAddress", "LoginName"), ("Paperless", "!PaperInvoices")}
PAYLOAD_UNDER = {"data": "Data.", "result": "Result."}
LISTS_WITHOUT_NAME = {"data_list", "bare_list"}


def wire_profile(wire: Wire, *, other_origin: str) -> Json:
    """Returns only what differs from the contract and is not read or derived anyway."""
    operations = {
        name: operation_profile(name, operation, other_origin)
        for name, operation in wire.operations.items()
    }
    hosts = [other_origin] if wire.rules.hosted_page_on_other_host else []
    return without_empty(
        {
            "operations": without_empty(operations),
            "sso": sso_profile(wire),
            "postback": postback_profile(wire),
            "hosts": hosts,
        }
    )


def without_empty(values: Mapping[str, Any]) -> Json:
    return {name: value for name, value in values.items() if value}


def operation_profile(name: str, wire: OperationWire, other_origin: str) -> Json:
    promised = OPERATIONS[name]
    return without_empty(
        {
            "method": wire.method if wire.method != promised.method else "",
            "path": wire.path if wire.path != promised.path else "",
            "host": other_origin if wire.other_host else "",
            "send": names_sent(wire),
            "set": constants(wire),
            "read": names_read(name, wire),
            "succeeded": {"Status": "Succeeded"} if "Status" in wire.announces else {},
            "refused": [*nobody(wire), *conflicts(name, wire)],
        }
    )


def names_sent(wire: OperationWire) -> dict[str, str | None]:
    not_sent = {name: None for name, value in wire.refuses.items() if value is ANYTHING}
    return {**wire.sent, **not_sent}


def constants(wire: OperationWire) -> Json:
    """Returns the flags that must not be sent as the refused value."""
    return {name: not value for name, value in wire.refuses.items() if value is not ANYTHING}


def names_read(name: str, wire: OperationWire) -> dict[str, str]:
    """Returns the paths of the values that a tolerant reading does not find."""
    under = PAYLOAD_UNDER.get(wire.place, "")
    rows = OPERATIONS[name].rows
    read = {}
    for promised in OPERATIONS[name].answers:
        if promised in wire.left_out or (promised == rows and wire.place in LISTS_WITHOUT_NAME):
            continue
        found = wire.named.get(promised, promised.rpartition(".")[2])
        in_row = "." in promised
        if known(promised, found) and (in_row or wire.place != "result"):
            continue
        read[promised] = found if in_row else negated_under(under, found)
    return read


def known(promised: str, found: str) -> bool:
    return found == promised.rpartition(".")[2] or (promised, found) in READ_ANYWAY


def negated_under(under: str, name: str) -> str:
    """Returns the dotted path, with the `!` of a negated name at its beginning."""
    return f"!{under}{name[1:]}" if name.startswith("!") else under + name


def conflicts(name: str, wire: OperationWire) -> list[Json]:
    failure = wire.failures.get("conflict")
    if failure is None or name not in WITH_CONFLICTS:
        return []
    return [{"status": failure.status, "text": CONFLICT_TEXT, "means": "already_exists"}]


def nobody(wire: OperationWire) -> list[Json]:
    if wire.status_without_rows != 404:
        return []
    return [{"status": 404, "text": "^$", "means": "not_registered"}]


def sso_profile(wire: Wire) -> Json:
    plain, sso = contract().sso, wire.sso
    return without_empty(
        {
            "method": sso.method if sso.method != plain.method else "",
            "address": sso.path if sso.path != plain.path else "",
            "fields": dict(sso.sent),
        }
    )


def postback_profile(wire: Wire) -> Json:
    plain, postback = contract().postback, wire.postback
    other_texts = postback.approved != plain.approved
    return without_empty(
        {
            "fields": dict(postback.named),
            "approved": [postback.approved] if other_texts else [],
            "declined": [postback.declined] if other_texts else [],
            "time_zone": postback.time_zone,
        }
    )
