"""GET /api/v1/openapi.json: the API as a public OpenAPI 3.1 document."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from pydantic.json_schema import models_json_schema

from api.models import Scope
from api.problems import CONTENT_TYPE
from api.schemas import (
    MOST_ACCOUNTS,
    MOST_PAYMENTS,
    USUAL_PAYMENTS,
    AccountResults,
    Accounts,
    Payments,
    ProblemOut,
)

Json = dict[str, Any]
MOMENT = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2}))?$",
    "examples": ["2026-11-28", "2026-11-28T15:04:05-05:00"],
}
DAYS = "A day means the biller's day. A time needs its zone."
PROBLEMS = {
    "400": "A parameter or the body can't be read",
    "401": "No token, or not a valid one of this biller",
    "403": "The token lacks the scope, or the call came without https",
    "405": "Another method",
    "409": "Unusually many accounts would get another customer",
    "413": "The body is too large",
    "415": "The body is not called JSON",
    "422": "The body is JSON, but not as described here",
    "429": "Too many requests: see Retry-After",
    "503": "The database or the cache is away: see Retry-After",
}


@never_cache
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(document())


@cache
def document() -> Json:
    models: list[Any] = [(each, "serialization") for each in (Payments, AccountResults, ProblemOut)]
    models.append((Accounts, "validation"))
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Member portal: API for the billing system (CIS)",
            "version": "1",
            "description": "Payments to read and accounts to write, for one biller. The host name "
            "decides the biller, and the token must be that biller's. Amounts are text with two "
            "decimals. Errors are problem details (RFC 9457).",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/payments": {"get": _payments()},
            "/api/v1/accounts": {"put": _accounts()},
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"Made in the admin. Scopes: {', '.join(Scope.values)}.",
                }
            },
        },
    }


def _payments() -> Json:
    parameters = [
        _parameter("since", f"Paid at or after this. {DAYS}", MOMENT),
        _parameter("until", f"Paid before this time, or up to this day's end. {DAYS}", MOMENT),
        _parameter(
            "updated_since",
            f"Recorded, extended by an invoice, or reversed at or after this. {DAYS}",
            MOMENT,
        ),
        _parameter("cursor", "`next` of the page before.", {"type": "string", "maxLength": 40}),
        _parameter(
            "limit",
            "Payments in one answer.",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_PAYMENTS,
                "default": USUAL_PAYMENTS,
            },
        ),
    ]
    return {
        "operationId": "list_payments",
        "summary": "Payments with their invoices, reversals, and net, in the order recorded",
        "description": f"Scope: {Scope.READ_PAYMENTS.value}.",
        "parameters": parameters,
        "responses": {
            "200": _content("One page", "Payments"),
            **_problems("400", "401", "403", "405", "429", "503"),
        },
    }


def _accounts() -> Json:
    return {
        "operationId": "put_accounts",
        "summary": "Creates and updates accounts, as an account file does",
        "description": f"Scope: {Scope.WRITE_ACCOUNTS.value}. Up to {MOST_ACCOUNTS} accounts. "
        "Safe to repeat. An account that is rejected does not stop the others.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Accounts")}},
        },
        "responses": {
            "200": _content("What became of each account", "AccountResults"),
            **_problems("400", "401", "403", "405", "409", "413", "415", "422", "429", "503"),
        },
    }


def _parameter(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _content(description: str, model: str, kind: str = "application/json") -> Json:
    return {"description": description, "content": {kind: {"schema": _ref(model)}}}


def _problems(*statuses: str) -> Json:
    return {each: _content(PROBLEMS[each], "ProblemOut", CONTENT_TYPE) for each in statuses}


def _ref(model: str) -> Json:
    return {"$ref": f"#/components/schemas/{model}"}
