"""A program of the biller that uses the API."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from api.models import ApiToken, Scope
from icsso.billers.models import Biller

PAYMENTS, ACCOUNTS = "/api/v1/payments", "/api/v1/accounts"


def token_of(biller: Biller, *scopes: Scope, name: str = "CIS", **facts: Any) -> str:
    token = ApiToken(biller=biller, name=name, scopes=[*(scopes or Scope)], **facts)
    text = token.make()
    token.save()
    return text


class Program:
    def __init__(self, token: str, host: str = "localhost") -> None:
        self.client = Client(headers={"host": host, "authorization": f"Bearer {token}"})

    def get(self, address: str = PAYMENTS, /, **query: Any) -> HttpResponse:
        answer: HttpResponse = self.client.get(address, query)
        return answer

    def put(self, *accounts: dict[str, Any], **further: Any) -> HttpResponse:
        body = json.dumps({"accounts": accounts, **further})
        answer: HttpResponse = self.client.put(ACCOUNTS, body, content_type="application/json")
        return answer
