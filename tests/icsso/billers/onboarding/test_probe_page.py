"""The probe in the admin: started, followed, read, and its suggestion taken over."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from time import sleep
from typing import Any

import pytest
from auditlog.models import LogEntry as AuditLogEntry
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.models import Biller
from icsso.billers.probe_runs.models import SILENCE, ProbeRun
from icsso.billers.probe_runs.services import KEPT
from icsso.client.probe.probe import Probe
from icsso.client.probe.results import StepResult, Verdict
from tests import cast as people
from tests.cast import Cast
from tests.icsso.billers.onboarding.going_live import act, all_of_billers, signed_in
from tests.sandbox_process import SandboxProcess

ASKED = {
    "account_number": "10000101",
    "email": people.LAUNDRY_EMAIL,
    "password": people.LAUNDRY_PASSWORD,
}
SUGGESTED = {"sso": {"method": "GET"}}


def address(biller: Biller, rest: str = "") -> str:
    return f"/admin/icsso/biller/{biller.pk}/probe/{rest}"


def start(client: Client, biller: Biller, **entered: str) -> HttpResponse:
    return client.post(address(biller), {**ASKED, **entered}, follow=True)


def results(*verdicts: Verdict) -> list[dict[str, Any]]:
    return [StepResult("step", "Title", one, "Reading.").to_json() for one in verdicts]


def finished(biller: Biller, **facts: Any) -> ProbeRun:
    return biller.probe_runs.create(
        **{"started_by": "operator@example.com", "finished_at": timezone.now(), **facts}
    )


def test_a_probe_of_the_sandbox_finds_no_difference(
    operator: Client, sandbox: SandboxProcess, cast: Cast
) -> None:
    shown = start(operator, cast.biller, guest_page="on").content.decode()
    run = ProbeRun.objects.get()
    assert "Nothing differs from what the portal expects." in shown
    assert "Suggested profile" not in shown
    assert (run.started_by, run.with_password, run.guest_page, run.write) == (
        "operator@example.com",
        True,
        True,
        False,
    )
    assert len(run.results) > 10
    assert run.finished_at
    listed = operator.get(address(cast.biller)).content.decode()
    assert f'href="{address(cast.biller, f"{run.pk}/")}"' in listed
    going_live = operator.get(f"/admin/icsso/biller/{cast.biller.pk}/going-live/")
    assert "Last probe: OK" in going_live.content.decode()


def test_neither_what_was_entered_nor_any_value_is_kept_or_shown(
    operator: Client, sandbox: SandboxProcess, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    shown = start(operator, cast.biller).content.decode()
    capture = operator.get(address(cast.biller, f"{ProbeRun.objects.get().pk}/capture.json"))
    assert "attachment" in capture["Content-Disposition"]
    assert json.loads(capture.content)["exchanges"]
    logged = AuditLogEntry.objects.filter(content_type__model="proberun")
    assert logged.exists()
    stored = f"{list(ProbeRun.objects.values())} {list(logged.values())}"
    everywhere = shown + capture.content.decode() + stored + caplog.text
    for secret in (*ASKED.values(), "Willows", cast.biller.api_key):
        assert secret not in everywhere


def test_a_refused_form_shows_no_password(operator: Client, cast: Cast) -> None:
    shown = start(operator, cast.biller, email="nonsense", write="on").content.decode()
    assert "Enter a valid email address." in shown
    assert ASKED["password"] not in shown
    without = start(operator, cast.biller, password="", write="on").content.decode()
    assert "Enter the password of the test account." in without
    assert not ProbeRun.objects.exists()


def test_without_an_api_key_nothing_is_asked(operator: Client, new: Biller) -> None:
    assert "Enter the API key first." in operator.get(address(new)).content.decode()
    assert "Enter the API key first." in start(operator, new).content.decode()
    assert not ProbeRun.objects.exists()


def test_one_at_a_time(operator: Client, cast: Cast) -> None:
    run = finished(cast.biller, finished_at=None)
    shown = start(operator, cast.biller).content.decode()
    assert "A probe of this biller is under way." in shown
    assert ProbeRun.objects.get() == run


def test_the_oldest_runs_go(operator: Client, sandbox: SandboxProcess, cast: Cast) -> None:
    runs = [finished(cast.biller) for _ in range(KEPT + 2)]
    start(operator, cast.biller, password="")
    kept = cast.biller.probe_runs.all()
    assert kept.count() == KEPT
    assert kept[1] == runs[-1]


def test_a_suggestion_fills_the_form_and_saves_nothing(operator: Client, new: Biller) -> None:
    run = finished(new, suggestion=SUGGESTED, results=results(Verdict.DIFFERS))
    shown = operator.get(address(new, f"{run.pk}/")).content.decode()
    assert "Something differs, but the portal can work with it." in shown
    filled = f"/admin/icsso/biller/{new.pk}/going-live/?probe={run.pk}"
    assert f'href="{filled}#wire"' in shown
    form = operator.get(filled).content.decode()
    assert "Nothing is saved yet." in form
    assert "&quot;method&quot;: &quot;GET&quot;" in form
    new.refresh_from_db()
    assert new.wire_profile == {}
    act(operator, new, "wire", wire_profile=json.dumps(SUGGESTED))
    new.refresh_from_db()
    assert new.wire_profile == SUGGESTED
    assert "Nothing is saved yet." not in operator.get(filled).content.decode()


@pytest.mark.parametrize("number", ["999", "x", "", "-1", "²"])
def test_a_suggestion_that_is_not_there_fills_nothing(
    operator: Client, new: Biller, number: str
) -> None:
    answer = operator.get(f"/admin/icsso/biller/{new.pk}/going-live/", {"probe": number})
    assert "Nothing is saved yet." not in answer.content.decode()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"results": results(Verdict.OK)}, "Nothing differs from what the portal expects."),
        ({"results": results(Verdict.OK, Verdict.UNUSABLE)}, "See below for what to do."),
        ({"failed": True}, "stopped because of an error in the portal"),
        ({"finished_at": None, "steps": 16}, "0 of at most 16 steps are done."),
        ({"finished_at": None, "announcement": "One wrong password."}, "One wrong password."),
        (
            {"finished_at": None, "updated_at": timezone.now() - SILENCE - timedelta(seconds=1)},
            "The server restarted before the probe had finished.",
        ),
    ],
)
def test_how_a_run_stands(operator: Client, new: Biller, facts: dict[str, Any], said: str) -> None:
    run = finished(new, **facts)
    assert said in operator.get(address(new, f"{run.pk}/")).content.decode()


def test_an_error_of_the_probe_ends_the_run_and_tells_nothing(
    operator: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(probe: Probe, *, announce: Callable[[str], None]) -> None:
        raise ValueError(ASKED["password"])

    monkeypatch.setattr(Probe, "results", breaks)
    shown = start(operator, cast.biller).content.decode()
    assert "stopped because of an error in the portal" in shown
    assert "probe stopped: ValueError" in caplog.text
    assert ASKED["password"] not in caplog.text + shown


def test_each_biller_has_its_own(operator: Client, new: Biller, biller: Biller) -> None:
    run = finished(new, suggestion=SUGGESTED)
    for rest in (f"{run.pk}/", f"{run.pk}/capture.json"):
        assert operator.get(address(new, rest)).status_code == 200
        assert operator.get(address(biller, rest)).status_code == 404
    filled = operator.get(f"/admin/icsso/biller/{biller.pk}/going-live/?probe={run.pk}")
    assert "Nothing is saved yet." not in filled.content.decode()


def test_who_may_change_the_biller_may_probe(new: Biller, biller: Biller) -> None:
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)
    clerk.billers.add(biller)
    run = finished(biller)
    client = signed_in(clerk)
    rests = ("", f"{run.pk}/", f"{run.pk}/capture.json")
    clerk.user_permissions.set(all_of_billers().filter(codename="view_biller"))
    assert [client.get(address(biller, rest)).status_code for rest in rests] == [403] * 3
    clerk.user_permissions.set(all_of_billers())
    assert [client.get(address(biller, rest)).status_code for rest in rests] == [200] * 3
    assert [client.get(address(new, rest)).status_code for rest in rests] == [404] * 3
    assert client.post(address(new), ASKED).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_answer_does_not_wait_for_the_probe(
    settings: Settings, sandbox: SandboxProcess, biller: Biller
) -> None:
    settings.SYNCHRONISE_AFTERWARDS = True
    client = signed_in(User.objects.create_superuser("operator@example.com"))
    answer = client.post(address(biller), ASKED)
    run = ProbeRun.objects.get()
    assert answer["Location"] == address(biller, f"{run.pk}/")
    for _ in range(600):
        run.refresh_from_db()
        if run.finished_at:
            break
        sleep(0.1)
    assert run.finished_at
    assert not run.failed


def test_the_suggestion_for_a_contrary_invoice_cloud_can_be_taken_over(
    operator: Client, sandbox: SandboxProcess, cast: Cast, settings: Settings
) -> None:
    settings.DEBUG = True  # an Invoice Cloud on this machine is a developer's
    sandbox.vary("contrary")
    Biller.objects.update(extra_hosts=sandbox.url.replace("127.0.0.1", "localhost"))
    cast.biller.refresh_from_db()
    start(operator, cast.biller, guest_page="on")
    run = ProbeRun.objects.get()
    assert run.suggestion, run.failed
    key = cast.biller.api_key  # the profile may name other servers
    entered = {"wire_profile": json.dumps(run.suggestion), "new_api_key": key}
    answer = act(operator, cast.biller, "wire", **entered)
    assert answer.status_code == 302, answer.content.decode()
    act(operator, cast.biller, "connection")
    cast.biller.refresh_from_db()
    assert cast.biller.wire_profile == run.suggestion
    assert cast.biller.connection_works, cast.biller.connection_finding
    start(operator, cast.biller, guest_page="on")
    assert ProbeRun.objects.first().suggestion is None
