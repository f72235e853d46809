"""Every route there is, found in the URLconf, gets every header by which a proxy is impersonated,
and nonsense: signed out, as a member, as staff. Nothing is believed, nothing breaks, and no line of
the log says that something is wrong here."""

import re
from itertools import cycle
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.models.second_factor import SecondFactor
from accounts.ratelimit import forget_attempts
from inhance.wsgi import application
from tests.attacks.addresses import IN_THE_PLACE_OF, places
from tests.attacks.links import links, tokens
from tests.attacks.requests.mangled import FORM, MANGLED, post
from tests.attacks.requests.nonsense import Answer, environ, faults, told
from tests.backoffice.admin_addresses import one_of_everything, pages
from tests.cast import Cast
from tests.payments.paying import members, opened

# Long: where PostgreSQL is, which refuses more than SQLite.
pytestmark = pytest.mark.production

SENDERS = ["a stranger", "a member", "staff"]
HOMES = {"a stranger": "/", "a member": "/accounts/", "staff": "/admin/"}
LIES = ELSEWHERE, PREFIX, CLIENT, PORT = "evil.example", "/evil.prefix", "203.0.113.66", "31337"
# What proxies say, by one name or another. None of it is believed of a client.
CLAIMS = {
    **dict.fromkeys(("X_FORWARDED_HOST", "X_FORWARDED_SERVER", "X_HOST"), ELSEWHERE),
    **dict.fromkeys(("X_FORWARDED_PREFIX", "X_SCRIPT_NAME", "SCRIPT_NAME", "X_ROOT_PATH"), PREFIX),
    **dict.fromkeys(("X_ORIGINAL_URL", "X_REWRITE_URL", "X_FORWARDED_URI", "PATH_INFO"), PREFIX),
    **dict.fromkeys(("X_FORWARDED_FOR", "X_REAL_IP", "CLIENT_IP", "TRUE_CLIENT_IP"), CLIENT),
    **dict.fromkeys(("X_FORWARDED_PROTO", "X_FORWARDED_SCHEME", "X_URL_SCHEME"), "https"),
    **dict.fromkeys(("X_FORWARDED_SSL", "FRONT_END_HTTPS"), "on"),
    **dict.fromkeys(("X_HTTP_METHOD_OVERRIDE", "X_HTTP_METHOD", "X_METHOD_OVERRIDE"), "DELETE"),
    **dict.fromkeys(("REMOTE_USER", "X_REMOTE_USER", "X_FORWARDED_USER"), "root@inhance.example"),
    "FORWARDED": f"for={CLIENT};host={ELSEWHERE};proto=https",
    "PROXY": f"http://{ELSEWHERE}/",
    "X_FORWARDED_PORT": PORT,
    "HOST": f"localhost.:{PORT}",
}  # fmt: skip
HEADERS: dict[str, Any] = {f"HTTP_{name}": value for name, value in CLAIMS.items()}
# A server may have believed this one.
HEADERS["SCRIPT_NAME"] = PREFIX
TOKEN = "a" * 32
# It ends the session of whoever asks, as it should.
LEAVES = re.compile(r"/(logout|leave|everywhere|erase)/$")


@pytest.fixture
def records(cast: Cast) -> Cast:
    return one_of_everything(cast)


def addresses(cast: Cast) -> list[str]:
    """Real ones, as far as there is something behind them; none that ends the session."""
    checkout, guests = members(cast), opened(cast)
    held = links(cast) | tokens(guests)
    known = {**IN_THE_PLACE_OF, "<int:pk>": str(cast.account("10000101").pk)}
    known["<slug:address>"] = checkout.address
    of_members = [_filled(place.route, held, known) for place in places()]
    of_staff = [address for _pattern, address in pages(cast)]
    return [address for address in of_members + of_staff if not LEAVES.search(address)]


def _filled(route: str, held: dict[str, str], known: dict[str, str]) -> str:
    address = re.sub("<secret>|<token>", held.get(route, "none"), route)
    for captured, value in known.items():
        address = address.replace(captured, value)
    return address


def who(sender: str, cast: Cast) -> str:
    """The cookie of somebody who is signed in."""
    if sender == "a stranger":
        return ""
    SecondFactor.objects.filter(user=cast.laundry).delete()  # no code is asked of her
    boss = User.objects.get(email="administrator@springfield-water.example")
    client = Client()
    client.force_login(cast.laundry if sender == "a member" else boss)
    name = portal_settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


def asked(address: str, cookie: str, **said: Any) -> Answer:
    """Forms have their token, so that they get as far as a form can."""
    cookies = f"{portal_settings.CSRF_COOKIE_NAME}={TOKEN}; {cookie}"
    request = environ(PATH_INFO=address, HTTP_COOKIE=cookies, HTTP_X_CSRFTOKEN=TOKEN)
    kept = transaction.savepoint()
    answer = told(application, {**request, **said})
    transaction.savepoint_rollback(kept)
    forget_attempts()
    return answer


@pytest.mark.parametrize("sender", SENDERS)
def test_no_header_is_believed_and_no_nonsense_is_an_error(
    records: Cast, settings: Settings, mailoutbox: list[EmailMultiAlternatives], sender: str
) -> None:
    settings.PRODUCTION, settings.INVOICE_CLOUD_TRIES = True, 1
    cookie, wrong = who(sender, records), list[str]()
    # Of two senders, one sends a form where the other sends nonsense.
    sent = cycle(each for case in MANGLED.items() for each in (case, ("a form", form)))
    for _ in range(SENDERS.index(sender)):
        next(sent)
    for address in addresses(records):
        case, body = next(sent)
        with faults() as found:
            claimed = asked(address, cookie, **HEADERS)
            posted = asked(address, cookie, **{**HEADERS, **body()})
            found += [f"says {lie}" for lie in LIES if lie in claimed or lie in posted]
            if max(claimed.status, posted.status) >= 500:
                found.append("5xx")
            # Staff have nothing to win by them, and their pages are many.
            if sender != "staff" and claimed.outcome != (plain := asked(address, cookie)).outcome:
                found.append(f"{claimed.outcome} in place of {plain.outcome}")
        wrong += [f"{address}, {case}: {each}" for each in found]
    assert wrong == []
    with faults():
        home = asked(HOMES[sender], cookie)
    assert home.status == 200  # signed in to the end
    mails = "".join(mail.message().as_string() for mail in mailoutbox)
    assert not [lie for lie in LIES if lie in mails]


def form() -> dict[str, Any]:
    return post(b"email=rosa%40example.com&account_number=10000101", FORM)
