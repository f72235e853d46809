import re
import pytest
from django.test import Client
from django.urls import reverse
from payments.models import Checkout
from tests import cast as people
from tests.cast import Cast
from tests.journeys.walks import fault
from tests.sandbox_process import SandboxProcess


def main(answer):
    text = answer.content.decode()
    text = re.sub(r"(?s)<(script|style|svg).*?</\1>", "", text)
    found = re.search(r"(?s)<main.*?</main>", text)
    text = re.sub(r"<[^>]+>", " ", found[0] if found else text)
    return " ".join(text.split())[:700]


ROWS = [
    ("refused", "refused", "retrieve_users"),
    ("incomplete", "empty", "*"),
    ("away?", "unavailable", "*"),
    ("broken", "html", "*"),
    ("key", "unauthorized", "*"),
    ("gone", "refused", "remote_authentication"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row(row, sandbox: SandboxProcess, cast: Cast, capsys, client: Client):
    name, kind, where = row
    out = []
    fault(sandbox, where, kind)
    login = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
    client.post("/accounts/login/", login)
    out.append(("SIGN-IN /billing", main(client.get("/billing/bills/"))))
    out.append(("DASHBOARD", main(client.get("/"))))
    guest = Client(headers={"host": "localhost"})
    if where != "*":
        fault(sandbox, "cloud_payments", kind)
    out.append(("PAYMENT", main(guest.post("/pay/", {"account_number": "10000101"}, follow=True))))
    sandbox.control("DELETE", "/_control/api/faults")
    member = Client(headers={"host": "localhost"})
    member.post("/accounts/login/", login)
    fault(sandbox, "update_password", kind)
    new = "a window over the other river"
    answer = member.post(
        reverse("accounts:change_password"),
        {
            "current": people.LAUNDRY_PASSWORD,
            "old_password": people.LAUNDRY_PASSWORD,
            "current_password": people.LAUNDRY_PASSWORD,
            "password": new,
            "new_password": new,
        },
        follow=True,
    )
    out.append(("PASSWORD", main(answer)))
    with capsys.disabled():
        for title, text in out:
            print(f"\n## {name} {title}: {text}")
