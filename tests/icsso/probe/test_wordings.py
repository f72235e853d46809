"""What a profile says of refusals: plain words of theirs, and no word of any value."""

import re

import pytest
import requests

from icsso.client.client import InvoiceCloudClient
from icsso.client.probe.exchanges import Exchange
from icsso.client.probe.probe import Probe
from icsso.client.probe.reading.wordings import not_found, refused
from icsso.client.probe.results import Verdict
from icsso.client.probe.walk import Arguments, Target, Walk
from icsso.client.wire.profile import WireProfile
from tests.cast import LAUNDRY_EMAIL
from tests.icsso.probe.servers import Said, as_json, serving
from tests.icsso.probe.walking import ACCOUNT


def answer(status: int, body: str) -> Exchange:
    response = requests.Response()
    response.status_code = status
    return Exchange(
        operation="remote_authentication",
        request=None,
        response=response,
        text=body,
        milliseconds=1,
    )


WRONG = answer(200, '{"Message": "The password of Willows Laundry is not correct."}')
UNKNOWN = answer(200, '{"Message": "This address has no login."}')


def test_two_texts_are_told_apart() -> None:
    entry = refused(WRONG, "mismatch", others=[UNKNOWN], private={"willows", "laundry"})
    assert entry is not None
    assert entry["status"] == 200
    assert re.search(entry["text"], "The password of Ana Torres is not correct.")
    assert not re.search(entry["text"], "This address has no login.")


def test_no_word_of_a_value_becomes_part_of_it() -> None:
    entry = refused(WRONG, "mismatch", others=[UNKNOWN], private={"willows", "laundry"})
    assert "illows" not in str(entry)
    assert "aundry" not in str(entry)


def test_a_code_is_taken_first() -> None:
    coded = answer(403, '{"Code": "BadPassword", "Message": "No."}')
    assert refused(coded, "mismatch", others=[UNKNOWN], private=set()) == {
        "status": 403,
        "code": "^BadPassword$",
        "means": "mismatch",
    }


@pytest.mark.parametrize(
    "same",
    [
        answer(401, ""),
        answer(401, '{"Message": "Denied."}'),
        answer(500, '{"Message": "Wrong password"}'),
    ],
)
def test_the_status_alone_is_never_enough(same: Exchange) -> None:
    """A rejected API key may have it, too, and then nobody's password would be right."""
    other = answer(404, '{"Message": "Denied."}')
    assert refused(same, "mismatch", others=[other], private=set()) is None


@pytest.mark.parametrize(
    ("said", "is_told"),
    [
        (answer(404, ""), True),
        (answer(410, ""), True),
        (answer(410, '{"title": "Gone", "status": 410}'), False),
        (answer(404, "<html>Not found</html>"), False),
        (answer(404, '{"error": "Not Found", "path": "/api"}'), False),
        (answer(401, ""), False),
    ],
)
def test_only_nothing_at_all_may_be_nobody(said: Exchange, is_told: bool) -> None:
    """What a server may say of a path that it does not have says nothing about an account."""
    assert bool(not_found(said, "not_registered")) is is_told


def test_every_word_that_was_sent_or_received_is_private() -> None:
    client = InvoiceCloudClient(base_url="http://127.0.0.1:9", api_key="key-of-nobody")
    walk = Walk(Target(client=client, api_key="key-of-nobody"), Arguments("1", "ana@example.com"))
    walk.seen.append(answer(200, '{"Data": [{"CustomerName": "Willows Laundry"}]}'))
    walk.seen.append(WRONG)
    assert {"willows", "laundry", "ana", "nobody"} <= walk.private_words()
    assert not {"password", "correct"} & walk.private_words()


@pytest.mark.parametrize(
    ("elsewhere", "is_told"),
    [
        (as_json({"Message": "No HTTP resource was found."}, 404), True),
        (Said("<h1>Not found</h1>", 404), True),
        (Said("", 404), False),
        (Said("", 200), False),
        (Said("", 503), False),
    ],
)
def test_nothing_is_nobody_only_where_a_missing_path_answers_otherwise(
    elsewhere: Said, is_told: bool
) -> None:
    """Otherwise, once the path has moved, all customers would count as unknown and be registered
    over."""

    def respond(path: str, sent: str) -> Said:
        known = other_words(path, sent)
        if not path.endswith(("/status", "/RetrieveUsers")):
            return elsewhere if "/PROBE" in path else known
        return Said("", 404) if known.body == '{"Users": []}' else known

    with serving(respond) as url:
        client = InvoiceCloudClient(base_url=url, api_key="key-of-nobody")
        target = Target(client=client, api_key="key-of-nobody")
        probe = Probe(target, Arguments(ACCOUNT, LAUNDRY_EMAIL))
        list(probe.results())
    nobody = {"status": 404, "text": "^$", "means": "not_registered"}
    told = probe.profile().get("operations", {}).get("retrieve_users")
    assert told == ({"refused": [nobody]} if is_told else None)


def other_words(path: str, sent: str) -> Said:
    if path.endswith("/status"):
        return as_json({"Active": True})
    if path.endswith("/RetrieveUsers"):
        user = {"AccountNumber": ACCOUNT, "EmailAddress": LAUNDRY_EMAIL, "Registered": True}
        return as_json({"Users": [user] if ACCOUNT in sent or LAUNDRY_EMAIL in sent else []})
    if LAUNDRY_EMAIL in sent:
        return as_json({"Message": f"The password for {LAUNDRY_EMAIL} does not fit."})
    return as_json({"Message": "There is no login of that name."})


def test_both_refusals_of_an_authentication_are_mapped_and_then_need_no_further_call() -> None:
    with serving(other_words) as url:
        client = InvoiceCloudClient(base_url=url, api_key="key-of-nobody")
        arguments = Arguments(ACCOUNT, LAUNDRY_EMAIL)
        probe = Probe(Target(client=client, api_key="key-of-nobody"), arguments)
        first = {result.step: result for result in probe.results()}
        profile = WireProfile.parse(probe.profile())
        assert profile.to_json()["operations"]["remote_authentication"].keys() == {"refused"}
        assert LAUNDRY_EMAIL.partition("@")[0] not in str(profile)
        again = Probe(Target(client=client, api_key="key-of-nobody", profile=profile), arguments)
        second = {result.step: result for result in again.results()}
    for step in ("remote_authentication_unknown", "remote_authentication_wrong"):
        assert [one.key for one in first[step].differences] == ["refusal"]
        assert second[step].differences == ()
        assert second[step].verdict is Verdict.OK
