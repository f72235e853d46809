"""Who gets into the API, and how it refuses the others."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from api.models import ApiToken, Scope
from backoffice.audit.events import Event
from tests.api.using import ACCOUNTS, PAYMENTS, Program, token_of
from tests.cast import Cast, other_biller
from tests.posting.lines import paid


def problem(answer: HttpResponse, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    facts = answer.json()  # type: ignore[attr-defined]
    assert (facts["status"], facts["type"]) == (status, f"urn:inhance:problem:{code}")
    assert facts["detail"].endswith(".")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_a_token_gets_in_and_no_cookie_is_set(cast: Cast) -> None:
    answer = Program(token_of(cast.biller)).get()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_without_a_token(cast: Cast) -> None:
    for client in (Client(), Client(headers={"authorization": "Basic eDp5"})):
        answer = client.get(PAYMENTS)
        problem(answer, 401, "missing-token")
        assert answer["WWW-Authenticate"] == 'Bearer realm="portal"'


def test_a_member_who_is_signed_in_is_nobody_here(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.laundry)
    problem(client.get(PAYMENTS), 401, "missing-token")


def test_unknown_expired_and_revoked_tokens(cast: Cast) -> None:
    problem(Program("ihp_unknown").get(), 401, "unknown-token")
    expired = token_of(cast.biller, expires_at=timezone.now())
    problem(Program(expired).get(), 401, "expired-token")
    revoked = token_of(cast.biller, name="old")
    ApiToken.objects.get(name="old").revoke()
    answer = Program(revoked).get()
    problem(answer, 401, "revoked-token")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_a_token_of_another_biller_is_unknown_here(cast: Cast) -> None:
    paid(cast)
    power = other_biller()
    theirs = token_of(power)
    problem(Program(theirs).get(), 401, "unknown-token")
    own = Program(theirs, host="power.localhost").get()
    assert own.json()["payments"] == []  # type: ignore[attr-defined]
    problem(Program(token_of(cast.biller), host="power.localhost").get(), 401, "unknown-token")


def test_a_scope_allows_its_own_address_alone(cast: Cast) -> None:
    reader = Program(token_of(cast.biller, Scope.READ_PAYMENTS, name="reader"))
    writer = Program(token_of(cast.biller, Scope.WRITE_ACCOUNTS, name="writer"))
    answer = reader.put({"account_number": "1", "name": "A"})
    problem(answer, 403, "wrong-scope")
    assert 'scope="accounts:write"' in answer["WWW-Authenticate"]
    problem(writer.get(), 403, "wrong-scope")
    assert not cast.biller.accounts.filter(account_number="1").exists()


def test_only_the_digest_is_stored(cast: Cast) -> None:
    text = token_of(cast.biller)
    [stored] = ApiToken.objects.values_list("digest", flat=True)
    assert text not in stored
    assert len(stored) == 64


def test_last_use_is_noted_and_the_first_of_a_day_is_in_the_audit_log(cast: Cast) -> None:
    program = Program(token_of(cast.biller, name="Billing 9"))
    for _ in range(3):
        program.get()
    assert ApiToken.objects.get().last_used_at is not None
    [entry] = LogEntry.objects.filter(additional_data__event=Event.API_USED)
    assert (entry.object_repr, entry.actor) == ("Billing 9", None)
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(days=2))
    program.get()
    assert LogEntry.objects.filter(additional_data__event=Event.API_USED).count() == 2


def test_requests_are_limited_with_the_time_to_wait(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts import ratelimit  # noqa: PLC0415

    few = {**ratelimit.LIMITS, "api": ratelimit.Limit("9/minute", "2/minute")}
    monkeypatch.setattr(ratelimit, "LIMITS", few)
    program = Program(token_of(cast.biller))
    assert [program.get().status_code for _ in range(2)] == [200, 200]
    answer = program.get()
    problem(answer, 429, "too-many-requests")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert Program(token_of(cast.biller, name="other")).get().status_code == 200


def test_guesses_are_limited(cast: Cast) -> None:
    answers = [Program(f"ihp_{number}").get() for number in range(31)]
    assert {each.status_code for each in answers[:30]} == {401}
    problem(answers[30], 429, "too-many-requests")


def test_other_methods_and_addresses(cast: Cast) -> None:
    program = Program(token_of(cast.biller))
    for method in ("post", "delete", "patch"):
        answer = getattr(program.client, method)(ACCOUNTS)
        problem(answer, 405, "method-not-allowed")
        assert answer["Allow"] == "PUT"
    problem(program.get("/api/v1/nothing"), 404, "not-found")
    problem(program.get("/api/"), 404, "not-found")


def test_an_unknown_host_is_told_as_a_problem(cast: Cast) -> None:
    other_biller()
    problem(Program("x", host="nobody.localhost").get(), 404, "not-found")


def test_it_works_before_the_biller_is_open_to_customers(cast: Cast) -> None:
    cast.biller.serve(False)
    assert Program(token_of(cast.biller)).get().status_code == 200


def test_without_https_it_is_refused_and_not_redirected(cast: Cast, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^api/"]
    problem(Program(token_of(cast.biller)).get(), 403, "https-required")
