"""Faults: misbehavior that can be switched on for an operation or a page."""

import json
import threading
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any

from django.db import connection
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from sandbox.models import Fault
from sandbox.variants.operations import OPERATIONS

PageView = Callable[..., HttpResponse]
CarryOut = Callable[[], HttpResponse]
Effect = Callable[[HttpRequest, Fault, CarryOut], HttpResponse]

HTML = "<!DOCTYPE html><html><body><h1>We are down for maintenance</h1></body></html>"
released = threading.Condition()


def page(operation: str) -> Callable[[PageView], PageView]:
    """Makes the view of a page subject to faults. `operation` is one of PAGES."""

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **captured: Any) -> HttpResponse:
            fault = take(operation, kinds=PAGE_KINDS)
            return apply(fault, request, lambda: view(request, *args, **captured))

        return wrapped

    return decorate


def take(operation: str, *, kinds: Collection[str]) -> Fault | None:
    """Returns the fault that applies to this call and counts it as used. A fault of the operation
    takes precedence over a fault of all operations, and an older one over a newer one. `slow` is
    applied here, in addition to any other fault, so that everything can be given latency."""
    # Few are on, mostly none, and every call asks: composing a condition takes longer than reading.
    matching = (
        fault
        for fault in Fault.objects.all()
        if fault.operation in {operation, "*"} and fault.kind in kinds
    )
    faults = sorted(matching, key=lambda fault: (fault.operation == "*", fault.pk))
    for fault in faults:
        if fault.kind == "slow" and count_use(fault):
            pause(fault.seconds or 1)
    return next((fault for fault in faults if fault.kind != "slow" and count_use(fault)), None)


def count_use(fault: Fault) -> bool:
    """Counts one use. Returns False if another call has taken the last one."""
    if fault.times is None:
        return True
    left = Fault.objects.filter(pk=fault.pk, times__gt=0)
    return left.update(times=F("times") - 1) == 1


def apply(fault: Fault | None, request: HttpRequest, carry_out: CarryOut) -> HttpResponse:
    return EFFECTS[fault.kind](request, fault, carry_out) if fault else carry_out()


def switch_on(
    *,
    operation: str,
    kind: str,
    times: int | None = None,
    seconds: float | None = None,
    status: int | None = None,
) -> Fault:
    """With `times` None the fault stays on until it is switched off. Raises ValueError for a
    combination of operation and kind that cannot occur."""
    if operation not in [*OPERATIONS, *SOAP, *PAGES, "*"]:
        known = ", ".join([*OPERATIONS, *SOAP, *PAGES])
        raise ValueError(f"unknown operation {operation}; one of {known}")
    if kind not in (PAGE_KINDS if operation in PAGES else KINDS):
        raise ValueError(f"no fault {kind} for {operation}")
    if kind == "wrong_password" and operation != "remote_authentication":
        raise ValueError("wrong_password applies to remote_authentication only")
    return Fault.objects.create(
        operation=operation, kind=kind, times=times, seconds=seconds, status=status
    )


def clear() -> None:
    """Switches off all faults and releases the calls that they hold."""
    Fault.objects.all().delete()
    with released:
        released.notify_all()


def pause(seconds: float) -> None:
    connection.close()
    with released:
        released.wait(timeout=seconds)


class DroppedConnection(StreamingHttpResponse):
    """A response that is never sent: reading its first byte ends the connection."""

    def __init__(self, request: HttpRequest, *, reset: bool) -> None:
        super().__init__(self.end(request, reset=reset))

    @staticmethod
    def end(request: HttpRequest, *, reset: bool) -> Iterator[bytes]:
        request.META["sandbox.drop"](reset=reset)
        raise ConnectionResetError  # tells the server that nobody is waiting for a response
        yield b""


def respond_with(status: int, *, retry: bool = False, **body: Any) -> Effect:
    def effect(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
        response = JsonResponse(
            body or {"Message": "Sandbox fault."}, status=fault.status or status
        )
        if retry and fault.seconds is not None:
            response["Retry-After"] = f"{fault.seconds:g}"
        return response

    return effect


def rewrite_response(rewrite: Callable[[bytes], bytes]) -> Effect:
    """Carries out the call and then corrupts its response."""

    def effect(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
        response = carry_out()
        response.content = rewrite(response.content)
        return response

    return effect


def reset(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    return DroppedConnection(request, reset=True)


def reset_after(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    carry_out()
    return DroppedConnection(request, reset=True)


def hang(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    pause(fault.seconds or 60)
    return DroppedConnection(request, reset=False)


def hang_after(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    carry_out()
    return hang(request, fault, carry_out)


def html(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    return HttpResponse(HTML, status=fault.status or 200)


def redirect(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    headers = {"Location": "/maintenance"}
    return HttpResponse(status=fault.status or 302, headers=headers)


def wrap_in_data(content: bytes) -> bytes:
    payload = json.loads(content)
    return content if "Data" in payload else json.dumps({"Data": payload}).encode()


def write_as_text(content: bytes) -> bytes:
    return json.dumps(as_text(json.loads(content))).encode()


def as_text(value: Any, name: str = "") -> Any:
    """Returns the value with numbers and booleans as text and GUIDs uppercase in braces."""
    if isinstance(value, dict):
        return {key: as_text(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.2f}" if isinstance(value, float) else str(value)
    return "{" + value.upper() + "}" if value and name.lower().endswith("guid") else value


EFFECTS: dict[str, Effect] = {
    "unavailable": respond_with(503, retry=True),
    "too_many": respond_with(429, retry=True),
    "bad_gateway": respond_with(502),
    "gateway_timeout": respond_with(504),
    "server_error": respond_with(500, Message="An error has occurred."),
    "refused": respond_with(400, Message="The request was refused."),
    "success_false": respond_with(200, Success=False, Message="The request was refused."),
    "message_only": respond_with(200, Message="Invalid Invoice Type ID", Data=None),
    "unauthorized": respond_with(401, Message="Authorization has been denied for this request."),
    "wrong_password": respond_with(
        401, Code="InvalidCredentials", Message="The password is not correct."
    ),
    "reset": reset,
    "reset_after": reset_after,
    "hang": hang,
    "hang_after": hang_after,
    "html": html,
    "redirect": redirect,
    "truncated": rewrite_response(lambda content: content[: len(content) // 2]),
    "empty": rewrite_response(lambda content: b""),
    "wrong_type": rewrite_response(lambda content: b"[]"),
    "wrapped": rewrite_response(wrap_in_data),
    "stringly": rewrite_response(write_as_text),
}
KINDS = ["slow", *EFFECTS]
SOAP = ["view_customer_record"]
PAGES = ["cloudssoconnect", "portal_page", "hosted_page"]
PAGE_KINDS = ["slow", "unavailable", "bad_gateway", "gateway_timeout", "server_error", "html"]
PAGE_KINDS += ["hang", "reset"]
