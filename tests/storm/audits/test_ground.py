"""The audit of imports, second steps, helpers, and unlinked accounts after disasters; and the tools
that cause disasters."""

import os
import smtplib
import socket
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Thread

import pytest
import requests
from django.utils import timezone

from accounts.models import Helper, LinkedAccount, UnlinkedAccount, UtilityAccount
from accounts.models.second_factor import SecondFactor
from cis.models import AccountImport
from deploy.services import free_port
from tests import cast as people
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess
from tests.storm.audits import audit
from tests.storm.disasters import DISASTERS, deck
from tests.storm.machines import servers
from tests.storm.machines.relay import Relay
from tests.storm.machines.servers import Server, children_of
from tests.storm.nature import Follower, Nature
from tests.storm.people import imports
from tests.storm.people.factors import Factor, settle_factors
from tests.storm.people.person import Person
from tests.storm.town import Household, Town


@pytest.fixture
def laundry(cast: Cast, tmp_path: Path, sandbox: SandboxProcess) -> Person:
    town = Town("http://127.0.0.1:9", tmp_path, sandbox)
    own = Household(1, people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD, ("10000101",))
    person = Person(town, own)
    person.is_member = True
    return person


def test_an_account_that_was_unlinked_stays_so(cast: Cast, laundry: Person) -> None:
    LinkedAccount.objects.exclude(member=cast.laundry, account__account_number="10000101").delete()
    laundry.unlinked = {"10000101"}
    [sentence] = audit.unlinked([laundry])
    assert sentence.endswith("was told that 10000101 is not linked, and it is")
    LinkedAccount.objects.all().delete()
    assert audit.unlinked([laundry]) == []
    owner = {"account_number": "10000101", "registered_by": people.LAUNDRY_EMAIL}
    [sentence] = audit.links({"customers": [owner]}, [])
    assert sentence.endswith("not linked here")
    UnlinkedAccount.objects.create(member=cast.laundry, account=cast.account("10000101"))
    assert audit.links({"customers": [owner]}, []) == []


def test_a_second_step_that_nobody_was_told_of(cast: Cast, laundry: Person) -> None:
    assert audit.second_steps([laundry]) == []
    SecondFactor.objects.create(user_id=cast.laundry.pk, key="A" * 32)
    [sentence] = audit.second_steps([laundry])
    assert sentence.endswith("has a second step")
    laundry.factors = [Factor("A" * 32, [])]
    assert audit.second_steps([laundry]) == []


def test_signing_in_without_the_code_that_was_turned_on(laundry: Person) -> None:
    laundry.factors = [Factor("A" * 32, [])]
    settle_factors(laundry, asked=True)
    assert laundry.town.wrong == []
    settle_factors(laundry, asked=False)
    [sentence] = laundry.town.wrong
    assert sentence.endswith("is in without a code, which was never told")


def test_a_helper_who_was_sent_away_and_has_access(cast: Cast, laundry: Person) -> None:
    helper = Person(laundry.town, Household(1001, "helper@example.com", "ladders", ()))
    laundry.helpers.append(helper)
    today = timezone.localdate()
    Helper.objects.create(owner=cast.laundry, email="helper@example.com", ends_on=today)
    assert audit.helpers([laundry]) == []
    helper.was_sent_away = True
    [sentence] = audit.helpers([laundry])
    assert sentence.startswith("helper@example.com has access 1 times")


def test_an_import_that_is_not_whole(cast: Cast, laundry: Person) -> None:
    town = laundry.town
    assert imports.imports(town) == []
    town.last_import = "2175550001"
    numbers = [str(imports.FIRST + n) for n in range(imports.NUMBER)]
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=number, phone=town.last_import)
        for number in numbers
    )
    assert imports.imports(town) == []
    last = UtilityAccount.objects.filter(account_number=numbers[-1])
    last.update(phone="2175550000")
    assert imports.imports(town) == ["1 accounts are not as in the last file"]
    last.delete()
    [sentence] = imports.imports(town)
    assert sentence == f"{imports.NUMBER - 1} accounts of {imports.NUMBER} in the last file"
    AccountImport.objects.create(biller=cast.biller, file_name="accounts.csv")
    assert imports.imports(town)[-1] == "the last import has not ended"


def test_the_seed_draws_the_order_and_leaves_nothing_out() -> None:
    drawn = [[next(cards) for _ in DISASTERS] for cards in (deck(Random(7)), deck(Random(7)))]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == set(DISASTERS)


def test_a_clock_that_jumps_and_names_that_take_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    monkeypatch.setattr(Follower, "begin", lambda self: None)
    follower = Follower(tmp_path / "nature")
    waited: list[float] = []
    monkeypatch.setattr("tests.storm.nature.time.sleep", waited.append)
    before = timezone.now()
    try:
        follower.feel(Nature(ahead=600, lookup=3))
        assert timezone.now() - before > timedelta(minutes=9)
        socket.getaddrinfo("127.0.0.1", 25)
        assert waited == [3]
    finally:
        follower.feel(Nature())
    assert timezone.now() - before < timedelta(minutes=9)


def test_the_way_to_the_mail_server_is_closed_and_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=greet, args=[server], daemon=True).start()
        nobody = "127.0.0.1", 9
        relay = Relay(nobody, ("127.0.0.1", server.getsockname()[1]))
        with smtplib.SMTP("127.0.0.1", relay.port, timeout=20):
            pass
        relay.close()
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP("127.0.0.1", relay.port, timeout=20)
        relay.open()
        with smtplib.SMTP("127.0.0.1", relay.port, timeout=20):
            pass
        relay.close()


def greet(server: socket.socket) -> None:
    for _visit in range(2):
        client, _address = server.accept()
        with client:
            client.sendall(b"220 here\r\n")
            client.recv(1024)
            client.sendall(b"221 bye\r\n")


def test_a_frozen_server_does_nothing_and_goes_on(tmp_path: Path) -> None:
    program = "import subprocess; subprocess.run(['sleep', '60'])"
    with Server([sys.executable, "-c", program], log=tmp_path / "log") as server:
        # Until the child has started its program, its parent waits for it and can't be stopped.
        wait_until(lambda: any(name_of(pid) == "sleep" for pid in server.children()))
        both = [server.pid, *server.children()]
        with server.frozen():
            wait_until(lambda: [state_of(pid) for pid in both] == ["T", "T"])
        wait_until(lambda: "T" not in [state_of(pid) for pid in both])


def test_at_a_release_others_take_over_the_port(tmp_path: Path) -> None:
    port = free_port()
    application = "wsgiref.simple_server:demo_app"
    own = {**os.environ, "WEB_CONCURRENCY": "1", "WEB_THREADS": "1"}
    with servers.gunicorn(application, tmp_path, own, port=port) as web:
        before = {web.pid, *web.children()}
        assert web.replace()
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).ok
        assert web.pid not in before
        assert children_of(web.pid)
        last = web.pid
    assert children_of(last) == []


def wait_until(holds: Callable[[], bool]) -> None:
    """A signal takes effect a moment after it was sent."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def state_of(pid: int) -> str:
    """Returns the kernel's letter for the state: T for stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
