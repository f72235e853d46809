"""What a capture contains, whatever the wire looks like, and that the sandbox can replay it."""

import json
import re
from typing import Any

from icsso.client.probe.results import capture
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD
from tests.icsso.probe.walking import ACCOUNT, Walked, walk
from tests.sandbox_process import SandboxProcess

KINDS = re.compile(
    r"guid(:braces)?(:upper)?|money:(number:)?\d+|integer|boolean(:text)?|date:[-/:MdyHhmst T]+|"
    r"email|url|digits:\d+|text:\d+|empty|null|html:\d+"
)


def contrary(sandbox: SandboxProcess) -> Walked:
    sandbox.vary("contrary")
    facts = sandbox.wire_profile("contrary")
    return walk(
        sandbox,
        profile={"sso": {"address": facts["sso"]["address"]}},
        hosts=(facts["operations"]["account"]["host"],),
    )


def values(body: Any) -> list[str]:
    if isinstance(body, dict):
        return [value for one in body.values() for value in values(one)]
    if isinstance(body, list):
        return [value for one in body for value in values(one)]
    return [body] if body is not None else []


def test_every_value_is_a_kind(sandbox: SandboxProcess) -> None:
    for walked in (walk(sandbox), contrary(sandbox)):
        for exchange in capture(walked.results)["exchanges"]:
            for part in ("request", "response"):
                for value in values(exchange[part]["body"]):
                    assert KINDS.fullmatch(value), exchange


def test_no_value_of_another_wire_stands_in_it_or_in_the_profile(sandbox: SandboxProcess) -> None:
    customer, user = sandbox.customer(ACCOUNT), sandbox.state("users")[0]
    walked = contrary(sandbox)
    user = next(one for one in sandbox.state("users") if one["email"] == LAUNDRY_EMAIL)
    canaries = [
        ACCOUNT,
        LAUNDRY_EMAIL,
        LAUNDRY_PASSWORD,
        sandbox.api_key,
        "Willows",
        customer["guid"],
        *user["token_values"],
    ]
    everything = json.dumps([capture(walked.results), walked.profile, walked.remarks])
    everything += json.dumps([result.to_json() for result in walked.results])
    assert len(canaries) > 6
    assert [one for one in canaries if one.lower() in everything.lower()] == []


def test_the_sandbox_can_replay_it(sandbox: SandboxProcess) -> None:
    seen = contrary(sandbox)
    sandbox.reset()
    captured = {"capture": capture(seen.results), "profile": seen.profile}
    sandbox.control("POST", "/_control/api/captures", captured)
    # Its own server, and the pages and the flag that a capture says nothing about.
    operations = {
        name: {part: value for part, value in one.items() if part != "host"}
        for name, one in seen.profile["operations"].items()
    }
    assert walk(sandbox, write=False).exit_code > 0
    replayed = walk(sandbox, profile={"operations": operations}, write=False)
    assert replayed.exit_code == 0, replayed.words
