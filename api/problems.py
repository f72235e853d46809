"""Errors of the API, as problem details (RFC 9457): what is wrong, and what to do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.cache import add_never_cache_headers

ROOT = "/api/"
CONTENT_TYPE = "application/problem+json"
# What a program should do about errors that do not concern its request alone.
ADVICE = {
    400: "Send a request as the document at /api/v1/openapi.json describes it.",
    403: "Check what this program is allowed to do.",
    404: "Use an address of /api/v1/openapi.json, at the biller's own host name.",
    405: "Use a method that the Allow header names.",
    413: "Send fewer accounts in one request.",
    500: "The portal failed, and its operators know. Try again later.",
    503: "The portal can't answer right now. Try again after the time in Retry-After.",
}


# Other versions of Python word these phrases differently.
CODES = {413: "too-large"}


class Problem(Exception):
    """code: the end of the problem's type, which never changes. detail: says what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **further: Any,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.further = dict(headers or {}), further

    def response(self) -> JsonResponse:
        return _response(self.status, self.code, self.detail, self.further, self.headers)


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(ROOT)


def problem_of_status(status: int) -> JsonResponse:
    """Returns the answer for an error that the API itself has not named."""
    phrase = HTTPStatus(status).phrase
    code = CODES.get(status) or phrase.lower().replace(" ", "-")
    return _response(status, code, ADVICE.get(status, phrase), {}, {})


def _response(
    status: int,
    code: str,
    detail: str,
    further: Mapping[str, Any],
    headers: Mapping[str, str],
) -> JsonResponse:
    facts = {
        "type": f"urn:inhance:problem:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        **further,
    }
    response = JsonResponse(facts, status=status, content_type=CONTENT_TYPE, headers=headers)
    add_never_cache_headers(response)
    return response
