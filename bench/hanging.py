"""How a hanging Invoice Cloud affects pages that do not need it: the dashboard and the guest form.

Two portals run side by side on this machine, each gunicorn with one process of eight threads.
Invoice Cloud answers one of them and hangs for the other, and at each of them 200 members try to
reach billing. The goal: the 99th percentile of a page at the second portal is at most 1.5 times
that of the first.
"""

import multiprocessing
import os
import re
import sqlite3
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory(prefix="portal-bench-")
THREADS = 8
ENVIRONMENT = {
    "DATABASE_URL": f"sqlite:///{FOLDER.name}/healthy.sqlite3",
    "DEBUG": "false",
    "LOG_LEVEL": "ERROR",
    "REDIS_URL": "",
    "TRUSTED_PROXIES": "1",
    "GUNICORN_CMD_ARGS": f"--worker-class gthread --threads {THREADS} --keep-alive 75",
    "WEB_THREADS": str(THREADS),
}
os.environ |= {"DJANGO_SETTINGS_MODULE": "inhance.settings", **ENVIRONMENT}
# Styles are not collected here, and nothing measured needs them.
warnings.filterwarnings("ignore", message="No directory at")

import django

django.setup()

import requests
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import LinkedAccount, User, UtilityAccount
from tests import cast as people
from tests.portal_process import PortalProcess
from tests.sandbox_process import SandboxProcess

MEMBERS = 200
SECONDS = 80  # over which the members arrive
PAUSE = 0.1  # seconds between two measured requests
AIM = 1.5
PASSWORD = "lanterns along every pier"  # noqa: S105  of members who exist nowhere else
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
BALANCE = re.compile(r'data-balance="([^"]+)"')
Times = dict[str, list[float]]
PAGES = {"dashboard": "/", "guest form": "/pay/"}


def email(number: int) -> str:
    return f"member-{number}@example.com"


def settle_in(sandbox: SandboxProcess) -> None:
    """Creates members on both sides, so that reaching billing takes one call for a token."""
    biller = people.springfield(base_url=sandbox.url)
    numbers = [str(30_000_000 + n) for n in range(MEMBERS + 1)]
    rows = [{"account_number": number, "name": "Somebody", "invoices": []} for number in numbers]
    own = {"api_key": sandbox.api_key}
    sandbox.control("POST", "/_control/api/customers", {**own, "customers": rows})
    for n, number in enumerate(numbers):
        user = {"email": email(n), "password": PASSWORD, "accounts": [number]}
        sandbox.control("POST", "/_control/api/users", {**own, **user})
        account = UtilityAccount.objects.create(
            biller=biller, account_number=number, name="Somebody"
        )
        member = people.member(biller, email(n), PASSWORD)
        LinkedAccount.objects.create(
            member=member, account=account, is_first=True, state="registered"
        )
    guids = {c["account_number"]: c["guid"] for c in sandbox.state("customers")}
    for account in UtilityAccount.objects.filter(account_number__in=numbers):
        account.learn_guid(guids[account.account_number])
    User.objects.update(registered_at=timezone.now())


def signed_in(url: str, number: int) -> tuple[requests.Session, str]:
    """Returns a signed-in browser and the dashboard that it received."""
    browser = requests.Session()
    # Each has a network address of its own, because attempts are counted per address.
    browser.headers["X-Forwarded-For"] = f"198.51.100.{number}"
    form = browser.get(f"{url}/accounts/login/", timeout=60).text
    given = {"username": email(number), "password": PASSWORD}
    token = {"csrfmiddlewaretoken": CSRF.findall(form)[0]}
    answer = browser.post(f"{url}/accounts/login/", given | token, timeout=60)
    assert answer.url == f"{url}/", (answer.status_code, answer.url)
    return browser, answer.text


def reach_billing(url: str, number: int) -> str:
    """Signs in, opens the dashboard with its balance, and asks for the bills."""
    browser, dashboard = signed_in(url, number)
    for balance in BALANCE.findall(dashboard):
        browser.get(url + balance, headers={"X-Requested-With": "fetch"}, timeout=60)
    bills = browser.get(f"{url}/billing/bills/", timeout=60).text
    return "saw their bills" if "<iframe" in bills else "read to try again"


def crowd(url: str, outcomes: "multiprocessing.Queue[dict[str, int]]") -> None:
    """Runs in a process of its own, so that it does not slow down the one that measures."""
    came = []
    with ThreadPoolExecutor(MEMBERS) as pool:
        for number in range(1, MEMBERS + 1):
            came.append(pool.submit(reach_billing, url, number))
            time.sleep(SECONDS / MEMBERS)
    outcomes.put(dict(Counter(one.result() for one in came)))


def measure(urls: dict[str, str], path: str, ended: threading.Event) -> Times:
    """Returns the milliseconds of each request. The two portals take turns, so that other load on
    the machine affects both."""
    browsers = {state: signed_in(url, 0)[0] for state, url in urls.items()}
    taken: Times = {state: [] for state in urls}
    while not ended.wait(PAUSE):
        for state, url in urls.items():
            started = time.perf_counter()
            answer = browsers[state].get(url + path, timeout=60)
            taken[state].append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, answer.status_code
    return taken


def run(urls: dict[str, str]) -> bool:
    """Returns whether the goal is met."""
    met = {state: multiprocessing.Queue() for state in urls}
    crowds = [
        multiprocessing.Process(target=crowd, args=(url, met[state])) for state, url in urls.items()
    ]
    ended = threading.Event()
    for members in crowds:
        members.start()
    with ThreadPoolExecutor(len(PAGES)) as pool:
        taken = {name: pool.submit(measure, urls, path, ended) for name, path in PAGES.items()}
        try:
            for state, outcomes in met.items():
                print(f"Invoice Cloud {state}: {outcomes.get(timeout=2 * SECONDS)}")
        finally:
            ended.set()
    return tell({name: times.result() for name, times in taken.items()})


def tell(taken: dict[str, Times]) -> bool:
    is_met = True
    print(f"{'p99 in ms':14}{'healthy':>9}{'hanging':>9}{'ratio':>8}{'requests':>10}")
    for name, times in taken.items():
        healthy, hanging = p99(times["healthy"]), p99(times["hanging"])
        is_met &= hanging / healthy <= AIM
        count = len(times["healthy"])
        print(f"{name:14}{healthy:9.1f}{hanging:9.1f}{hanging / healthy:8.2f}{count:10}")
    print(f"aim, at most {AIM}: {'met' if is_met else 'NOT met'}")
    return is_met


def p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def main(healthy: SandboxProcess, hanging: SandboxProcess) -> int:
    call_command("migrate", verbosity=0)
    folder, away = Path(FOLDER.name), Path(FOLDER.name) / "hanging.sqlite3"
    settle_in(healthy)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(away)])
    with sqlite3.connect(away) as database:
        database.execute("UPDATE icsso_biller SET base_url = ?", [hanging.url])
    hang = {"operation": "*", "kind": "hang", "times": None, "seconds": 60}
    hanging.control("POST", "/_control/api/faults", hang)
    elsewhere = {"DATABASE_URL": f"sqlite:///{away}"}
    first, second = folder / "first", folder / "second"
    first.mkdir()
    second.mkdir()
    with (
        PortalProcess(first, environment=ENVIRONMENT) as well,
        PortalProcess(second, environment=ENVIRONMENT | elsewhere) as ill,
    ):
        return not run({"healthy": well.url, "hanging": ill.url})


if __name__ == "__main__":
    with FOLDER, SandboxProcess() as healthy, SandboxProcess() as hanging:
        sys.exit(main(healthy, hanging))
