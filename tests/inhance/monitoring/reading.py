"""What /metrics says, read by the library's own parser."""

import http.client
from collections.abc import Mapping

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a-token-of-the-tests-0123456789-abcdefgh"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(client: Client) -> Figures:
    response = client.get("/metrics", headers=BEARER, HTTP_HOST="10.0.3.7")
    assert response.status_code == 200
    return figures_of(response.content.decode())


def figures_of(text: str) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(figures: Figures, name: str, **labels: str) -> float:
    return figures.get((name, frozenset(labels.items())), 0.0)


def fetched(port: int, headers: Mapping[str, str] = BEARER) -> Figures:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/metrics", headers=dict(headers))
        return figures_of(connection.getresponse().read().decode())
    finally:
        connection.close()
