"""API tokens in the admin: made, shown once, revoked."""

from datetime import UTC, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.tokens import digest
from api.models import ApiToken
from tests.api.using import Program, token_of
from tests.cast import Cast, other_biller, staff

TOKENS = "/admin/api/apitoken/"


def add(client: Client, cast: Cast, **changes: object) -> HttpResponse:
    form = {
        "biller": cast.biller.pk,
        "name": "Billing 9",
        "scopes": ["payments:read"],
        "expires_on": (cast.biller.today() + timedelta(days=30)).isoformat(),
        **changes,
    }
    answer: HttpResponse = client.post(f"{TOKENS}add/", form)
    return answer


def test_a_token_is_shown_once_and_works(administrator: Client, cast: Cast) -> None:
    answer = add(administrator, cast)
    shown = answer.content.decode().split('value="ihp_')[1].split('"')[0]
    token = ApiToken.objects.get()
    assert token.digest == digest(f"ihp_{shown}")
    assert token.scopes == ["payments:read"]
    assert str(token.created_by) == "administrator@springfield-water.example"
    assert "no-store" in answer["Cache-Control"]
    assert Program(f"ihp_{shown}").get().status_code == 200
    for page in (TOKENS, f"{TOKENS}{token.pk}/change/"):
        assert shown not in administrator.get(page).content.decode()
    written = str(list(LogEntry.objects.values_list("changes", flat=True)))
    assert "Billing 9" in written
    assert token.digest not in written


def test_the_same_form_sent_twice_makes_one_token(administrator: Client, cast: Cast) -> None:
    add(administrator, cast)
    assert "already exists" in add(administrator, cast).content.decode()
    assert ApiToken.objects.count() == 1


def test_what_makes_no_sense_is_refused(administrator: Client, cast: Cast) -> None:
    for changes in ({"scopes": []}, {"scopes": ["all"]}, {"expires_on": "2020-01-01"}):
        assert "Please correct the error" in add(administrator, cast, **changes).content.decode()
    assert (
        "Select a valid choice"
        in add(administrator, cast, biller=other_biller().pk).content.decode()
    )
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(("day", "is_made"), [("2026-12-01", False), ("2026-12-02", True)])
def test_the_last_day_is_the_billers(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, day: str, *, is_made: bool
) -> None:
    """While it is still yesterday for staff who also work for a biller in New York."""
    moment = datetime(2026, 12, 1, 15, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    cast.biller.time_zone = "Pacific/Guam"
    cast.biller.save()
    client.force_login(staff("administrator", cast.biller, other_biller()))
    add(client, cast, expires_on=day)
    assert ApiToken.objects.exists() is is_made


def test_a_revoked_token_ends_at_once(administrator: Client, cast: Cast) -> None:
    program = Program(token_of(cast.biller))
    assert program.get().status_code == 200
    administrator.post(f"{TOKENS}{ApiToken.objects.get().pk}/revoke/")
    assert program.get().status_code == 401
    assert "revoked" in administrator.get(TOKENS).content.decode()


@pytest.mark.parametrize("role", ["support", "finance"])
def test_nobody_else_makes_one(cast: Cast, role: str) -> None:
    client = Client()
    client.force_login(staff(role, cast.biller))
    assert client.get(TOKENS).status_code == 403
    assert add(client, cast).status_code == 403
