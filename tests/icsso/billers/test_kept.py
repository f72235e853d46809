"""The biller of a host name is kept for a few seconds, only for requests that change nothing."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from icsso.billers.hosts import kept
from icsso.billers.models import Biller, BillerHost
from tests.cast import other_biller

pytestmark = pytest.mark.django_db
QUERY = 'FROM "icsso_biller"'


def close_elsewhere(biller: Biller) -> None:
    """As another process does: nothing here hears of it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE icsso_biller SET is_active = %s WHERE id = %s", [False, biller.pk])


def looked_up(client: Client) -> int:
    with CaptureQueriesContext(connection) as made:
        assert client.get("/").status_code == 200
    return sum(QUERY in query["sql"] for query in made.captured_queries)


def test_pages_look_the_biller_up_once_in_a_while(
    client: Client, biller: Biller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept.Kept, "seconds", kept.SECONDS)
    now = kept.time.monotonic()
    for later, times in ((0, 1), (4.9, 0), (5.1, 1)):
        monkeypatch.setattr(kept.time, "monotonic", lambda at=now + later: at)
        assert looked_up(client) == times


def test_closed_in_this_process_counts_at_once(client: Client, biller: Biller) -> None:
    assert client.get("/").status_code == 200
    biller.serve(is_active=False)
    assert client.get("/").status_code == 503
    Biller.objects.filter(pk=biller.pk).update(is_active=True)
    assert client.get("/").status_code == 200


def test_closed_in_another_process_nothing_is_done_any_more(client: Client, biller: Biller) -> None:
    sent = {"username": "somebody@example.com", "password": "not the right one"}
    assert client.get("/").status_code == 200
    close_elsewhere(biller)
    assert client.post("/accounts/login/", sent).status_code == 503


def test_a_host_given_to_another_biller_counts_at_once(client: Client, biller: Biller) -> None:
    other = other_biller()
    assert biller.name in client.get("/").text
    BillerHost.objects.get(host="testserver").delete()
    BillerHost.objects.create(biller=other, host="testserver")
    assert other.name in client.get("/").text


def test_nobody_changes_what_others_get(client: Client, biller: Biller) -> None:
    first = kept.of_host("testserver", Biller.for_host)
    assert first
    first.name = "Changed, and not saved"
    second = kept.of_host("testserver", Biller.for_host)
    assert second == biller
    assert second.name == biller.name


def test_a_new_host_works_at_once(biller: Biller) -> None:
    other_biller()
    assert kept.of_host("new.example", Biller.for_host) is None
    BillerHost.objects.create(biller=biller, host="new.example")
    assert kept.of_host("new.example", Biller.for_host) == biller


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    """Another thread was still reading when the change was made."""

    def slowly(_host: str) -> str:
        kept.forget()
        return "before"

    assert kept.of_host("pay.example", slowly) == "before"
    assert kept.of_host("pay.example", lambda _host: "after") == "after"
