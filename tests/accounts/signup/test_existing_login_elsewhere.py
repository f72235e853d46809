"""Story 15 at an Invoice Cloud unlike the contract: derived, tolerated, or by wire profile."""

import pytest
from django.test import Client

from accounts.models import LinkedAccount, Member
from accounts.signup import existing_login
from icsso.billers.models import Biller
from sandbox.variants.registry import VARIANTS
from tests.accounts.signup.bringing import EMAIL, PASSWORD, START, brought, has_login
from tests.accounts.there import There
from tests.attacks.accounts.test_enumeration import told
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.any_database

# Those that change what the two calls of this story send, or what their answers look like.
ABOUT_IT = (
    "other_", "rest_on_other_host", "payload_", "null_for_", "names_", "login_name", "users_",
    "accounts_without", "expires_in", "guids_", "booleans_", "account_numbers_", "credentials_",
    "rejection_", "several_registrations", "invited_users", "rate_limit", "biller_status",
)  # fmt: skip
NAMES = [name for name in VARIANTS if name.startswith(ABOUT_IT)]


@pytest.fixture(params=[*NAMES, "contrary"])
def elsewhere(
    request: pytest.FixtureRequest, sandbox: SandboxProcess, cast: Cast, there: There
) -> There:
    has_login(there)
    name = request.param
    sandbox.vary(name)
    if name == "contrary" or VARIANTS[name].copes == "profile":
        Biller.objects.update(wire_profile=sandbox.wire_profile())
    return there


@pytest.fixture(autouse=True)
def _at_a_quick_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(existing_login, "PACE", 0.01)


def test_a_login_is_brought_and_a_wrong_one_is_no_outage(elsewhere: There, client: Client) -> None:
    forms = [
        {"username": EMAIL, "password": "wrong " + PASSWORD},
        {"username": "nobody@example.com", "password": PASSWORD},
    ]
    answers = []
    for form in forms:
        visitor = Client()
        visitor.get(START)
        answers.append(told(visitor, visitor.post(START, form), form))
    assert answers[0] == answers[1]
    assert "find an account here with that email and password" in answers[0]["page"]
    assert client.post(brought(client), {"password": PASSWORD}).status_code == 302
    links = LinkedAccount.objects.filter(member=Member.objects.get(email=EMAIL))
    numbers = set(links.values_list("account__account_number", flat=True))
    assert {"10000103", "10000104"} <= numbers
