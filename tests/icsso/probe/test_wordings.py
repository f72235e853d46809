"""What a profile says of refusals: plain words of theirs, and no word of any value."""

import re

import pytest
import requests

from icsso.client.client import InvoiceCloudClient
from icsso.client.probe.exchanges import Exchange
from icsso.client.probe.reading.wordings import refused
from icsso.client.probe.walk import Arguments, Target, Walk


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


def test_every_word_that_was_sent_or_received_is_private() -> None:
    client = InvoiceCloudClient(base_url="http://127.0.0.1:9", api_key="key-of-nobody")
    walk = Walk(Target(client=client, api_key="key-of-nobody"), Arguments("1", "ana@example.com"))
    walk.seen.append(answer(200, '{"Data": [{"CustomerName": "Willows Laundry"}]}'))
    walk.seen.append(WRONG)
    assert {"willows", "laundry", "ana", "nobody"} <= walk.private_words()
    assert not {"password", "correct"} & walk.private_words()
