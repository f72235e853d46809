"""The API keeps what its own OpenAPI document says, whatever comes."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi

from accounts.ratelimit import forget_attempts
from api.openapi import document
from inhance.wsgi import application
from tests.api.using import token_of
from tests.attacks.requests.nonsense import faults
from tests.attacks.requests.test_schema import CHECKS
from tests.cast import Cast
from tests.posting.lines import paid, taken_back

ATTACKS = int(os.environ.get("ATTACKS", "0"))
OPERATIONS = {
    result.ok().label: result.ok() for result in openapi.from_dict(document()).get_all_operations()
}


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("label", OPERATIONS)
def test_an_address_keeps_its_schema(cast: Cast, label: str, mode: GenerationMode) -> None:
    token = token_of(cast.biller)
    taken_back(paid(cast))

    @settings(
        max_examples=ATTACKS or 30,
        derandomize=not ATTACKS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode), is_known=st.booleans())
    def keeps_it(case: Case, is_known: bool) -> None:
        headers = {"Authorization": f"Bearer {token if is_known else 'ihp_x'}"}
        with faults() as found:
            response = case.call(app=application, base_url="http://localhost", headers=headers)
        forget_attempts()
        assert found == []
        case.validate_response(response, checks=CHECKS)

    keeps_it()


def test_the_document_is_there_for_everybody(cast: Cast) -> None:
    from django.test import Client  # noqa: PLC0415

    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
    assert not answer.cookies
