"""Signing in: the portal's check first, then billing."""

import pytest
from django.test import Client

from accounts.models import User
from icsso.session import State, load
from tests import cast as people
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess

GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}


def test_a_member_signs_in_and_billing_is_open(
    sandbox: SandboxProcess, cast: Cast, client: Client
) -> None:
    response = client.post("/accounts/login/", GOOD)

    assert (response.status_code, response["Location"]) == (302, "/")
    billing = load(client.session)
    assert billing is not None
    assert (billing.state, billing.is_usable) == (State.CONNECTED, True)
    assert billing.customer_guid == sandbox.customer("10000101")["guid"]
    assert User.objects.get(pk=cast.laundry.pk).registered_at is not None
