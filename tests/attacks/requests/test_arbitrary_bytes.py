"""Whatever a stranger or a member sends to whatever address, the answer is never a 500.

`ATTACKS=5000` throws more than a short run does, and other things each time.
"""

import os
import re
from typing import Any

from django.conf import settings as portal_settings
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from accounts.ratelimit import forget_attempts
from inhance.wsgi import application
from tests.attacks.addresses import places
from tests.attacks.links import links, tokens
from tests.attacks.requests.nonsense import answer, faults, requests
from tests.cast import Cast
from tests.payments.paying import members, opened

ATTACKS = int(os.environ.get("ATTACKS", "0"))
BOUNDED = settings(
    max_examples=ATTACKS or 400,
    derandomize=not ATTACKS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


def test_every_address_answers_any_bytes(cast: Cast, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    a_guests, a_members = opened(cast), members(cast, "10000102", member=cast.neighbour)
    known = {
        "<int:pk>": [str(cast.account("10000101").pk), str(cast.account("10000102").pk)],
        "<slug:address>": [a_guests.address, a_members.address],
        "<token>": ["not-a-token"],
        "<secret>": ["not-a-link"],
    }
    secrets = links(cast) | tokens(a_guests)
    real = [re.sub("<secret>|<token>", secrets[route], route) for route in secrets]
    routes = (
        real + [place.route for place in places()] + ["/admin/", "/admin/login/", "/static/x", "/"]
    )

    @BOUNDED
    @given(said=requests(routes, known), is_member=st.booleans())
    def never_breaks(said: dict[str, Any], is_member: bool) -> None:
        if is_member:
            said = {**said, "HTTP_COOKIE": f"{session_of(cast)}; {said['HTTP_COOKIE']}"}
        with faults() as found:
            status = answer(application, said)
        forget_attempts()  # else soon everything is "too often"
        assert found == []
        assert status < 500

    never_breaks()


def test_a_session_that_cannot_be_one_is_nobodys(client: Client, cast: Cast) -> None:
    for key in (
        '"\\000\\000\\000\\000\\000\\000\\000\\000"',
        "' OR 1=1 --",
        "x" * 5000,
        "\xe9" * 32,
    ):
        client.cookies.load({})
        answer = client.get("/", headers={"cookie": f"sessionid={key}"})
        assert answer.status_code == 200
        assert "Sign out" not in answer.content.decode()


def session_of(cast: Cast) -> str:
    client = Client()
    client.force_login(cast.laundry)
    name = portal_settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"
