"""Two-step verification as a member goes through it, and what the app shows that knows the key."""

import re
import time
from base64 import b32decode
from itertools import count

from django.test import Client
from django_otp.oath import TOTP

from accounts.models import User
from accounts.models.second_factor import SecondFactor
from tests import cast as people

PASSWORD = people.LAUNDRY_PASSWORD
NEW = "six grey stones by the gate"
GOOD = {"username": people.LAUNDRY_EMAIL, "password": PASSWORD}
CODE = "/accounts/login/code/"
HERE = "/accounts/sign-in/two-step/"
NEW_CODES, OFF = f"{HERE}codes/", f"{HERE}off/"


def code_of(key: str, *, at: float | None = None) -> str:
    totp = TOTP(b32decode(key))
    totp.time = time.time() if at is None else at
    return f"{totp.token():06}"


def wrong_code(key: str) -> str:
    """Six digits, as the app shows them, but not within a step or two of now."""
    shown = {code_of(key, at=time.time() + 30 * steps) for steps in range(-2, 3)}
    return next(code for code in map("{:06}".format, count()) if code not in shown)


def right_code(member: User) -> str:
    """As if half a minute had gone by since the last one was used."""
    factor = SecondFactor.objects.get(user=member.pk)
    SecondFactor.objects.filter(pk=factor.pk).update(last_step=-1)
    return code_of(factor.key)


def sign_in() -> Client:
    client = Client()
    client.post("/accounts/login/", GOOD)
    return client


def turn_on(client: Client) -> list[str]:
    page = client.post(HERE, {"code": code_of(key_on(client)), "current": PASSWORD})
    return codes_on(page.content.decode())


def key_on(client: Client) -> str:
    shown = client.get(HERE).content.decode()
    return re.findall(r"<code[^>]*>([A-Z2-7 ]+)</code>", shown)[0].replace(" ", "")


def codes_on(page: str) -> list[str]:
    return re.findall(r"<code[^>]*>([0-9a-hjkmnp-tv-z-]{19})</code>", page)


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200
