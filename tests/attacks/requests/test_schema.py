"""The addresses that programs call keep what docs/openapi.yaml says of them, whatever comes."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.ratelimit import forget_attempts
from inhance.wsgi import application
from tests.attacks.requests.nonsense import faults
from tests.attacks.requests.test_arbitrary_bytes import session_of
from tests.cast import Cast
from tests.payments.paying import opened

ATTACKS = int(os.environ.get("ATTACKS", "0"))
SCHEMA = openapi.from_path(Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = {result.ok().label: result.ok() for result in SCHEMA.get_all_operations()}


# What takes nothing can be sent nothing wrong.
ATTEMPTS = [(label, mode) for label in OPERATIONS for mode in GenerationMode if "{" in label]
ATTEMPTS += [(label, GenerationMode.POSITIVE) for label in OPERATIONS if "{" not in label]


@pytest.mark.parametrize(("label", "mode"), ATTEMPTS)
def test_an_address_keeps_its_schema(cast: Cast, label: str, mode: GenerationMode) -> None:
    """With what the schema allows, and with what it does not."""
    checkout = opened(cast)
    known = {
        "pk": str(cast.account("10000101").pk),
        "address": checkout.address,
        "token": "p" + checkout.address,
    }
    cookie = {"Cookie": session_of(cast)}

    @settings(
        max_examples=ATTACKS or 40,
        derandomize=not ATTACKS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode), is_known=st.booleans())
    def keeps_it(case: Case, is_known: bool) -> None:
        if is_known:  # what was made up is 404
            case.path_parameters = {name: known[name] for name in case.path_parameters}
        with faults() as found:
            response = case.call(app=application, base_url="http://localhost", headers=cookie)
        forget_attempts()
        assert found == []
        case.validate_response(response, checks=CHECKS)

    keeps_it()
