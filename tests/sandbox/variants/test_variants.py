"""The registry of variants, and how they are switched on and off."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from requests import Response

from sandbox.variants.operations import OPERATIONS
from sandbox.variants.profile import wire_profile
from sandbox.variants.registry import VARIANTS, contrary, expand, wire_of
from tests.journeys.other_invoice_clouds.variants import ELSEWHERE, TOGETHER
from tests.sandbox_process import SandboxProcess

Call = Callable[..., Response]
# The portal copes by asking further; with a profile it need not ask.
SHORTER_WITH_PROFILE = {
    "conflict_400",
    "conflict_200_success_false",
    "other_methods",
    "rejection_200_status_text",
}
OTHER = "http://localhost:8001"
USERS = ("POST", "/api/v1/remoteauth/RetrieveUsers", {"AccountNumber": "10000101"})
TESTS = "".join(path.read_text() for path in Path(__file__).parent.glob("test_variant_*.py"))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_shown_by_a_test(name: str) -> None:
    assert f'"{name}"' in TESTS


@pytest.mark.parametrize("name", VARIANTS)
def test_a_profile_is_named_exactly_where_it_helps(name: str) -> None:
    variant = VARIANTS[name]
    assert variant.summary.endswith(".")
    assert variant.contract
    profile = wire_profile(wire_of(expand([name])), other_origin=OTHER)
    assert bool(profile) == (variant.copes == "profile" or name in SHORTER_WITH_PROFILE)


@pytest.mark.parametrize("names", TOGETHER.values(), ids=TOGETHER)
def test_on_a_walk_in_company_none_hides_another(names: list[str]) -> None:
    on = expand(names)
    assert on.keys() == set(names)
    for name in names:
        others = {other: value for other, value in on.items() if other != name}
        assert wire_of(others) != wire_of(on), name


def test_every_variant_is_on_a_walk_in_company() -> None:
    assert {name for names in TOGETHER.values() for name in names} == set(VARIANTS) - ELSEWHERE


def test_the_contract_needs_no_profile() -> None:
    assert wire_profile(wire_of({}), other_origin=OTHER) == {}


def test_contrary_has_one_variant_of_each_group() -> None:
    groups = Counter(variant.group for variant in VARIANTS.values() if variant.group)
    chosen = Counter(VARIANTS[name].group for name in contrary() if VARIANTS[name].group)
    assert chosen == Counter(groups.keys())


def test_what_is_on_is_listed_with_its_value(sandbox: SandboxProcess) -> None:
    assert sandbox.vary("login_name", token_ends_early=5) == {
        "login_name": None,
        "token_ends_early": 5,
    }
    told = sandbox.control("GET", "/_control/api/variants")
    assert told["on"] == {"login_name": None, "token_ends_early": 5}
    assert [variant["name"] for variant in told["variants"]] == list(VARIANTS)
    assert told["variants"][0]["copes"] == "profile"


def test_a_variant_takes_the_place_of_another_of_its_group(sandbox: SandboxProcess) -> None:
    sandbox.vary("dates_iso", "login_name")
    assert set(sandbox.vary("dates_short")) == {"dates_short", "login_name"}
    on = sandbox.control("POST", "/_control/api/variants", {"off": ["login_name"]})["on"]
    assert set(on) == {"dates_short"}
    sandbox.control("DELETE", "/_control/api/variants")
    assert sandbox.control("GET", "/_control/api/variants")["on"] == {}


def test_contrary_can_be_changed_in_one_place(sandbox: SandboxProcess) -> None:
    on = sandbox.vary("contrary", "dates_iso")
    assert set(on) == (set(contrary()) - {"dates_with_narrow_space"}) | {"dates_iso"}
    sandbox.control("DELETE", "/_control/api/variants")
    on = sandbox.vary("contrary", "-no_way_back")
    assert set(on) == set(contrary()) - {"no_way_back"}


@pytest.mark.parametrize(
    "body",
    [
        {"on": ["invented"]},
        {"on": ["contrary", "-invented"]},
        {"on": ["dates_iso", "dates_short"]},
        {"on": {"token_ends_early": "soon"}},
        {"on": "login_name"},
        {"switch": ["login_name"]},
    ],
)
def test_what_cannot_be_switched_on_is_refused(sandbox: SandboxProcess, body: object) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.control("POST", "/_control/api/variants", body)
    assert sandbox.control("GET", "/_control/api/variants")["on"] == {}


def test_a_reset_brings_the_contract_back(call: Call, sandbox: SandboxProcess) -> None:
    plain = call(*USERS).json()
    sandbox.vary("names_lower")
    assert call(*USERS).json() != plain
    sandbox.reset()
    assert list(call(*USERS).json()) == ["Users"]


def test_the_panel_switches_variants(sandbox: SandboxProcess) -> None:
    panel = f"{sandbox.url}/_control/"
    shown = requests.post(f"{panel}variants", {"on": ["login_name", "invited_users"]}, timeout=10)
    assert "The sandbox answers as chosen." in shown.text
    assert "<strong>login_name</strong>" in shown.text
    rivals = requests.post(f"{panel}variants", {"on": ["dates_iso", "dates_short"]}, timeout=10)
    assert "only one variant of a group can be on" in rivals.text
    requests.post(f"{panel}variants", {"contrary": "1"}, timeout=10)
    assert sandbox.control("GET", "/_control/api/variants")["on"] == contrary()
    requests.post(f"{panel}variants", timeout=10)
    assert sandbox.control("GET", "/_control/api/variants")["on"] == {}


def test_the_wire_profile_says_what_is_on_or_what_is_asked_for(sandbox: SandboxProcess) -> None:
    assert sandbox.wire_profile() == {}
    named = sandbox.wire_profile("sso_by_get", "login_name")
    assert named == {"sso": {"method": "GET"}}
    sandbox.vary("contrary")
    other = sandbox.url.replace("127.0.0.1", "localhost")
    profile = sandbox.wire_profile()
    assert profile == wire_profile(wire_of(contrary()), other_origin=other)
    assert set(profile["operations"]) == set(OPERATIONS)
    users = profile["operations"]["retrieve_users"]
    assert users["host"] == other
    assert users["read"] == {"Users": "Result.Items", "Users.Registered": "!Unregistered"}
    assert profile["operations"]["account"]["read"]["Paperless"] == "!Result.PaperInvoices"


def test_a_sandbox_can_start_as_another_invoice_cloud() -> None:
    with SandboxProcess(variants="contrary,dates_iso") as sandbox:
        on = sandbox.control("GET", "/_control/api/variants")["on"]
        assert {"login_name", "dates_iso"} <= set(on)
        sandbox.reset()
        assert sandbox.control("GET", "/_control/api/variants")["on"] == on
