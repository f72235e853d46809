"""Variants: how refusals are worded."""

from typing import Any

from .wire import Failure, Variant, Wire, always

WRONG = "Invalid email address or password."
HTML = "<!DOCTYPE html><html><body><h1>The resource cannot be found.</h1></body></html>"
CREDENTIALS = "Remote Authentication's failure, derived"
REFUSED = "400; 200 with `Success: false`; 200 with a `Message` other than `SUCCESS`: refused"
CONFLICT = "409 (A), or a rejection whose text the profile maps: already exists"
MESSAGE = {"Message": "{message}"}
PROBLEM = {"type": "about:blank", "title": "Bad data", "status": 422, "detail": "{message}"}
SUCCESS_FALSE = {"Success": False, "Message": "{message}"}


def failing(kind: str, status: int, body: Any, reason: str = "") -> Any:
    failure = Failure(status, body, reason)
    return always(lambda wire: wire.on(failures={kind: failure}))


def credentials(
    name: str, status: int, body: Any, summary: str, *, contrary: bool = False
) -> Variant:
    """One text for a wrong password and for an unknown address, and no Code that tells which."""
    return Variant(
        name=f"credentials_{name}",
        summary=f"Remote Authentication's failure is {summary}, for whatever reason.",
        contract=CREDENTIALS,
        copes="derived",
        change=failing("credentials", status, body, WRONG),
        group="credentials",
        contrary=contrary,
    )


def conflict(name: str, status: int, body: Any, summary: str, *, contrary: bool) -> Variant:
    return Variant(
        name=f"conflict_{name}",
        summary=f"What exists already is answered with {summary}.",
        contract=CONFLICT,
        copes="derived",
        change=failing("conflict", status, body),
        group="conflict",
        contrary=contrary,
    )


def rejection(name: str, status: int, body: Any, summary: str) -> Variant:
    return Variant(
        name=f"rejection_{name}",
        summary=f"A refused request is answered with {summary}.",
        contract=REFUSED,
        copes="tolerant",
        change=failing("rejected", status, body),
        group="rejection",
        contrary=False,
    )


def status_text(wire: Wire) -> Wire:
    """Every answer says its outcome in a text of its own, and HTTP says 200 to all of them."""
    failed = Failure(200, {"Status": "Failed", "Message": "{message}"})
    return wire.on(announces={"Status": "Succeeded"}, failures={"rejected": failed})


def without_message(wire: Wire) -> Wire:
    return wire.on("cloud_payments", announces=lambda operation: {})


VARIANTS = [
    credentials("401_message", 401, MESSAGE, "401 with a message only"),
    credentials("401_empty", 401, None, "401 with nothing"),
    credentials("200_message", 200, MESSAGE, "200 with a message and no token", contrary=True),
    credentials(
        "200_null_token",
        200,
        {"RemoteAuthenticationToken": None},
        "200 with `null` as the token and no reason",
    ),
    credentials("200_success_false", 200, SUCCESS_FALSE, "200 with `Success: false`"),
    credentials("400", 400, MESSAGE, "400 with a message"),
    credentials("403", 403, MESSAGE, "403 with a message"),
    credentials("404", 404, MESSAGE, "404 with a message and no `Code`"),
    credentials("404_html", 404, HTML, "404 with an HTML page"),
    credentials("200_false", 200, False, "200 with `false`"),
    credentials("400_words", 400, "{message}", "400 with a sentence that is no JSON"),
    rejection("200_success_false", 200, SUCCESS_FALSE, "200 and `Success: false`"),
    rejection(
        "200_success_text",
        200,
        {"Success": "False", "ErrorMessage": "{message}"},
        "200, `Success` as text, and the reason in `ErrorMessage`",
    ),
    rejection("404", 404, MESSAGE, "404 and the reason"),
    rejection("422", 422, MESSAGE, "422 and the reason"),
    rejection("422_problem", 422, PROBLEM, "422 and problem details (RFC 9457)"),
    rejection("400_words", 400, "{message}", "400 and the reason, which is no JSON"),
    Variant(
        name="rejection_200_status_text",
        summary="Every answer has a `Status`, `Succeeded` or `Failed`, and a refusal is 200 too.",
        contract="A profile can change how success is recognized (`succeeded`)",
        copes="derived",
        change=always(status_text),
        group="rejection",
    ),
    Variant(
        name="page_refused_by_message",
        summary="Cloud Payments V2 refuses with 200, the reason as `Message`, and `Data: null`.",
        contract="Any other `Message` without a URL is a refusal with its reason (P)",
        copes="tolerant",
        change=always(
            lambda wire: wire.on(
                "cloud_payments",
                failures={"rejected": Failure(200, {"Message": "{message}", "Data": None})},
            )
        ),
    ),
    Variant(
        name="page_without_message",
        summary="Cloud Payments V2 answers without `Message`.",
        contract="Answer (P): Message SUCCESS and Data.CloudPaymentURL",
        copes="tolerant",
        change=always(without_message),
        contrary=False,
    ),
    conflict("400", 400, MESSAGE, "400 and a text", contrary=False),
    conflict("200_success_false", 200, SUCCESS_FALSE, "200 and `Success: false`", contrary=True),
]
# What a portal can search in the reason to recognize a conflict, and where.
CONFLICT_TEXT = "already (exists|registered)|with another password"
