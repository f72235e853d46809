"""What is wrong with a wire profile: one plain sentence for each fault, with its place."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from icsso.client import sso
from icsso.client.addresses import origin
from icsso.client.contract import APPROVED_TEXTS, Operation, PostbackField, names_of
from icsso.client.wire.bodies import sample
from icsso.client.wire.customer_record import CALL, EVERY_OPERATION, SOAP
from icsso.client.wire.parts import PATH, OperationProfile, PostbackProfile, SsoProfile

XML_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
PLACEHOLDER = re.compile(r"\{(.*?)\}")
SECRETS = {"Password", "NewPassword", "RemoteAuthenticationToken"}


def sentence(fault: Mapping[str, Any]) -> str:
    """Returns a fault that pydantic found."""
    place = ".".join(str(part) for part in fault["loc"])
    words = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        words = "is not a name of the wire profile"
    return f"{place}: {words}."


def operation_faults(operations: Mapping[str, OperationProfile]) -> Iterator[str]:
    for name, one in operations.items():
        if name not in EVERY_OPERATION:
            known = ", ".join(EVERY_OPERATION)
            yield f"operations.{name}: there is no such operation. There are {known}."
            continue
        yield from _operation_faults(name, one)
        if name in SOAP:
            yield from _soap_faults(f"operations.{name}", one)


def sso_faults(sign_on: SsoProfile) -> Iterator[str]:
    yield from _unknown("sso.fields", sign_on.fields, sso.FIELDS)
    address = sign_on.address
    if not origin(address) and not (PATH.fullmatch(address) and not address.startswith("//")):
        yield "sso.address: must be an address with https://, or start with a slash."


def postback_faults(postback: PostbackProfile) -> Iterator[str]:
    yield from _unknown("postback.fields", postback.fields, tuple(PostbackField))
    declined = {*postback.declined, *_texts_that_mean(False)}
    approved = {*postback.approved, *_texts_that_mean(True)}
    if both := approved & declined:
        yield f"postback: {', '.join(sorted(both))} cannot mean both approved and declined."
    received = [postback.fields.get(name, name).casefold() for name in PostbackField]
    if len(set(received)) < len(received):
        yield "postback.fields: two names of the contract cannot be received under one."


def _texts_that_mean(approved: bool) -> set[str]:
    return {text for text, means in APPROVED_TEXTS.items() if means is approved}


def _operation_faults(name: str, one: OperationProfile) -> Iterator[str]:
    known, place = EVERY_OPERATION[name], f"operations.{name}"
    yield from _unknown(f"{place}.send", one.send, known.sends)
    yield from _unknown(f"{place}.read", one.read, names_of(known.reads))
    wanted = PLACEHOLDER.findall(known.path)
    if one.path is not None and PLACEHOLDER.findall(one.path) != wanted:
        yield (
            f"{place}.path: must contain {{{wanted[0]}}}."
            if wanted
            else (f"{place}.path: must contain no placeholder.")
        )
    else:
        yield from _misfits(place, one, known)
    if one.method == "GET" and SECRETS & set(known.sends):
        yield f"{place}.method: GET would put a password or token into an address."


def _soap_faults(place: str, one: OperationProfile) -> Iterator[str]:
    for name in sorted(one.model_fields_set - {"path", "host", "send", "set", "read"}):
        yield f"{place}.{name}: is always the same with SOAP."
    sent = [*filter(None, one.send.values()), *one.set]
    if not all(XML_NAME.fullmatch(part) for name in sent for part in name.split(".")):
        yield f"{place}: names sent with SOAP must be names of XML elements."
    if one.send.get(CALL, CALL) is None or "." in (one.send.get(CALL) or ""):
        yield f"{place}.send.{CALL}: must be one name."


def _misfits(place: str, one: OperationProfile, known: Operation) -> Iterator[str]:
    try:
        one.written(sample(known.sends))
        (one.path or known.path).format(**dict.fromkeys(PLACEHOLDER.findall(known.path), ""))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        yield f"{place}: what path, send, and set say does not fit together."
    sent = [one.send.get(name, name) for name in known.sends if "." not in name]
    named = [name for name in sent if name is not None]
    if len(set(named)) < len(named):
        yield f"{place}.send: two names of the contract cannot be sent under one."


def _unknown(place: str, given: Mapping[str, object], known: tuple[str, ...]) -> Iterator[str]:
    for name in given:
        if name not in known:
            yield f"{place}: {name} is not a name of the contract. There are {', '.join(known)}."
