"""Faults that can be switched on for an operation or a page, and what each of them does."""

import json
import threading
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from sandbox.models import Fault

PageView = Callable[..., HttpResponse]
CarryOut = Callable[[], HttpResponse]
Deed = Callable[[HttpRequest, Fault, CarryOut], HttpResponse]

HTML = "<!DOCTYPE html><html><body><h1>We are down for maintenance</h1></body></html>"
pauses = threading.Condition()


def page(operation: str) -> Callable[[PageView], PageView]:
    """Decorates a page's view (`cloudssoconnect`, `portal_page`, `hosted_page`)."""

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **captured: Any) -> HttpResponse:
            fault = take(operation, kinds=PAGE_KINDS)
            return apply(fault, request, lambda: view(request, *args, **captured))

        return wrapped

    return decorate


def take(operation: str, *, kinds: Collection[str]) -> Fault | None:
    """The fault this call meets: one of its own before one of all operations, the oldest first.
    `slow` comes on top of whatever else is on, so that latency can be put on everything."""
    mine = Fault.objects.filter(Q(operation=operation) | Q(operation="*"), kind__in=kinds)
    faults = sorted(mine, key=lambda fault: (fault.operation == "*", fault.pk))
    for fault in faults:
        if fault.kind == "slow" and spend(fault):
            pause(fault.seconds or 1)
    return next((fault for fault in faults if fault.kind != "slow" and spend(fault)), None)


def spend(fault: Fault) -> bool:
    """Counts one use; false when another call took the last one."""
    if fault.times is None:
        return True
    left = Fault.objects.filter(pk=fault.pk, times__gt=0)
    return left.update(times=F("times") - 1) == 1


def apply(fault: Fault | None, request: HttpRequest, carry_out: CarryOut) -> HttpResponse:
    return DEEDS[fault.kind](request, fault, carry_out) if fault else carry_out()


def switch_on(
    *,
    operation: str,
    kind: str,
    times: int | None = None,
    seconds: float | None = None,
    status: int | None = None,
) -> Fault:
    """`times` None: until switched off. Raises ValueError for what could never happen."""
    if operation not in [*OPERATIONS, *PAGES, "*"]:
        raise ValueError(f"unknown operation {operation}; one of {', '.join(OPERATIONS + PAGES)}")
    if kind not in (PAGE_KINDS if operation in PAGES else KINDS):
        raise ValueError(f"no fault {kind} for {operation}")
    if kind == "wrong_password" and operation != "remote_authentication":
        raise ValueError("wrong_password is an answer of remote_authentication alone")
    return Fault.objects.create(
        operation=operation, kind=kind, times=times, seconds=seconds, status=status
    )


def clear() -> None:
    """Switches every fault off and lets go of the calls they hold."""
    Fault.objects.all().delete()
    with pauses:
        pauses.notify_all()


def pause(seconds: float) -> None:
    connection.close()
    with pauses:
        pauses.wait(timeout=seconds)


class Dropped(StreamingHttpResponse):
    """An answer that is never sent: asking for its first byte ends the connection."""

    def __init__(self, request: HttpRequest, *, reset: bool) -> None:
        super().__init__(self.end(request, reset=reset))

    @staticmethod
    def end(request: HttpRequest, *, reset: bool) -> Iterator[bytes]:
        request.META["sandbox.drop"](reset=reset)
        raise ConnectionResetError  # the server's sign that nobody waits for an answer
        yield b""


def refuse(status: int, *, retry: bool = False, **body: Any) -> Deed:
    def deed(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
        response = JsonResponse(
            body or {"Message": "Sandbox fault."}, status=fault.status or status
        )
        if retry and fault.seconds is not None:
            response["Retry-After"] = f"{fault.seconds:g}"
        return response

    return deed


def change(rewrite: Callable[[bytes], bytes]) -> Deed:
    """Carries the call out and spoils its answer."""

    def deed(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
        response = carry_out()
        response.content = rewrite(response.content)
        return response

    return deed


def reset(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    return Dropped(request, reset=True)


def reset_after(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    carry_out()
    return Dropped(request, reset=True)


def hang(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    pause(fault.seconds or 60)
    return Dropped(request, reset=False)


def hang_after(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    carry_out()
    return hang(request, fault, carry_out)


def html(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    return HttpResponse(HTML, status=fault.status or 200)


def redirect(request: HttpRequest, fault: Fault, carry_out: CarryOut) -> HttpResponse:
    headers = {"Location": "/maintenance"}
    return HttpResponse(status=fault.status or 302, headers=headers)


def wrap(answer: bytes) -> bytes:
    payload = json.loads(answer)
    return answer if "Data" in payload else json.dumps({"Data": payload}).encode()


def write_as_text(answer: bytes) -> bytes:
    return json.dumps(as_text(json.loads(answer))).encode()


def as_text(value: Any, name: str = "") -> Any:
    """Numbers and booleans as text, GUIDs upper-case in braces."""
    if isinstance(value, dict):
        return {key: as_text(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.2f}" if isinstance(value, float) else str(value)
    return "{" + value.upper() + "}" if value and name.lower().endswith("guid") else value


DEEDS: dict[str, Deed] = {
    "unavailable": refuse(503, retry=True),
    "too_many": refuse(429, retry=True),
    "bad_gateway": refuse(502),
    "gateway_timeout": refuse(504),
    "server_error": refuse(500, Message="An error has occurred."),
    "refused": refuse(400, Message="The request was refused."),
    "success_false": refuse(200, Success=False, Message="The request was refused."),
    "unauthorized": refuse(401, Message="Authorization has been denied for this request."),
    "wrong_password": refuse(
        401, Code="InvalidCredentials", Message="The password is not correct."
    ),
    "reset": reset,
    "reset_after": reset_after,
    "hang": hang,
    "hang_after": hang_after,
    "html": html,
    "redirect": redirect,
    "truncated": change(lambda answer: answer[: len(answer) // 2]),
    "empty": change(lambda answer: b""),
    "wrong_type": change(lambda answer: b"[]"),
    "wrapped": change(wrap),
    "stringly": change(write_as_text),
}
KINDS = ["slow", *DEEDS]
OPERATIONS = [
    "biller_status",
    "retrieve_users",
    "remote_authentication",
    "retrieve_user_accounts",
    "register_accounts",
    "update_password",
    "update_email_address",
    "create_customer_record",
    "retrieve_customer_guid",
    "account",
    "cloud_payments",
]
PAGES = ["cloudssoconnect", "portal_page", "hosted_page"]
PAGE_KINDS = ["slow", "unavailable", "bad_gateway", "gateway_timeout", "server_error", "html"]
PAGE_KINDS += ["hang", "reset"]
