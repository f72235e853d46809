"""Quick pay: `/pay/quick/`, for a member's own accounts."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from icsso.billers.clients import client_of
from icsso.billing import session as billing_session
from icsso.billing.session import BillingSession, State
from payments.models import Checkout, Payment, PaymentLine, Postback
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast
from tests.payments.paying import GUID, members, opened
from tests.sandbox_process import SandboxProcess

WORDS = "Confirm your password to use your saved payment methods"


def hold_token(client: Client, token: str, *, minutes: float = 20) -> None:
    session = client.session
    billing_session.store(
        session,
        BillingSession(
            state=State.CONNECTED,
            token=token,
            expires_at=timezone.now() + timedelta(minutes=minutes),
        ),
    )
    session.save()


def real_token(cast: Cast) -> str:
    answer = client_of(cast.biller).remote_authentication(
        email=LAUNDRY_EMAIL, password=LAUNDRY_PASSWORD
    )
    return answer.token


def bodies(sandbox: SandboxProcess) -> list[dict]:
    calls = sandbox.control("GET", "/_control/api/calls")
    return [call["body"] for call in calls if call["operation"] == "cloud_payments"]


def test_a_member_pays_a_linked_account_with_the_token_of_the_sign_in(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.force_login(cast.laundry)
    hold_token(client, real_token(cast))
    answer = client.post("/pay/quick/", {"account": cast.account("10000101").pk})
    checkout = Checkout.objects.get()
    assert answer["Location"] == f"/pay/{checkout.address}/"
    assert (checkout.kind, checkout.member) == ("quick", cast.laundry)
    (body,) = bodies(sandbox)
    assert body["RemoteAuthenticationToken"] == "***"
    assert body["CreateCustomerRecord"] is False
    assert body["Customers"][0]["Name"] == "Willows Laundry"
    assert "<iframe" in client.get(answer["Location"]).content.decode()


def test_without_a_usable_token_none_is_sent(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.force_login(cast.laundry)
    hold_token(client, "about-to-expire", minutes=0.5)
    client.post("/pay/quick/", {"account": cast.account("10000101").pk})
    (body,) = bodies(sandbox)
    assert body["RemoteAuthenticationToken"] == ""


def test_a_token_that_invoice_cloud_no_longer_knows_is_left_out(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.force_login(cast.laundry)
    hold_token(client, "ended-over-there")
    answer = client.post("/pay/quick/", {"account": cast.account("10000101").pk}, follow=True)
    assert "<iframe" in answer.content.decode()
    assert [body["RemoteAuthenticationToken"] for body in bodies(sandbox)] == ["***", ""]


@pytest.mark.parametrize(
    ("kind", "tokens"),
    [
        ("unauthorized", ["***", ""]),
        ("success_false", ["***", ""]),
        ("empty", ["***"]),
        ("server_error", ["***"]),
    ],
)
def test_a_page_is_asked_for_again_only_if_the_token_was_certainly_refused(
    client: Client, cast: Cast, sandbox: SandboxProcess, kind: str, tokens: list[str]
) -> None:
    client.force_login(cast.laundry)
    hold_token(client, real_token(cast))
    once = {"operation": "cloud_payments", "kind": kind, "times": 1}
    sandbox.control("POST", "/_control/api/faults", once)
    client.post("/pay/quick/", {"account": cast.account("10000101").pk})
    assert [body["RemoteAuthenticationToken"] for body in bodies(sandbox)] == tokens
    assert (Checkout.objects.get().failed_at is None) is (len(tokens) == 2)


def test_the_account_of_the_address_is_chosen_already(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    wanted = cast.account("10000207")
    page = client.get(f"/pay/quick/?account={wanted.pk}").content.decode()
    assert f'<option value="{wanted.pk}" selected>' in page
    assert page.count("<option") == 21  # beside the first twenty


@pytest.mark.parametrize("account", ["10000102", None, "nonsense"])
def test_an_account_of_another_is_refused(client: Client, cast: Cast, account: str | None) -> None:
    client.force_login(cast.laundry)
    pk = cast.account(account).pk if account == "10000102" else account or ""
    answer = client.post("/pay/quick/", {"account": pk})
    assert answer.status_code == 200
    assert "There's a problem" in answer.content.decode()
    assert not Checkout.objects.exists()


def test_somebody_signed_out_is_sent_to_sign_in(client: Client, cast: Cast) -> None:
    answer = client.get("/pay/quick/?account=5")
    assert answer["Location"] == "/accounts/login/?next=/pay/quick/%3Faccount%3D5"


def test_a_member_is_told_the_amount_of_a_payment_a_moment_ago(client: Client, cast: Cast) -> None:
    paid = opened(cast, is_current=False)
    payment = Payment.objects.create(
        biller=cast.biller,
        checkout=paid,
        account=paid.ordered_accounts[0],
        payment_guid=GUID,
        paid_at=timezone.now(),
    )
    postback = Postback.objects.create(checkout=paid, fields={}, content_digest="")
    PaymentLine.objects.create(payment=payment, postback=postback, amount="84.20", fee=0)
    client.force_login(cast.laundry)
    page = client.post("/pay/quick/", {"account": paid.ordered_accounts[0].pk}).content.decode()
    assert "A payment of $84.20 for account ending in 0101 was made" in page


def test_an_open_page_of_the_member_is_given_again(client: Client, cast: Cast) -> None:
    mine = members(cast)
    Checkout.objects.update(visitor=f"member:{cast.laundry.pk}")
    client.force_login(cast.laundry)
    answer = client.post("/pay/quick/", {"account": mine.ordered_accounts[0].pk})
    assert answer["Location"] == f"/pay/{mine.address}/"


def test_a_member_without_accounts_is_led_to_link_one(client: Client, cast: Cast) -> None:
    cast.laundry.links.all().delete()
    client.force_login(cast.laundry)
    assert "Link an account" in client.get("/pay/quick/").content.decode()


def test_a_manager_is_offered_a_few_and_may_pay_any_linked_account(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.force_login(cast.manager)
    last = cast.account("10000240")
    words = client.get("/pay/quick/").content.decode()
    assert words.count("<option") == 20
    assert "Find an account" in words
    words = client.get(f"/pay/quick/?account={last.pk}").content.decode()
    assert f'<option value="{last.pk}" selected>' in words
    client.post("/pay/quick/", {"account": last.pk})
    assert Checkout.objects.get().ordered_accounts[0] == last


@pytest.mark.parametrize("account", ["9" * 30, "-1", "0", "one", "", "1e5", "\x00"])
def test_an_account_that_is_no_number_is_refused(client: Client, cast: Cast, account: str) -> None:
    client.force_login(cast.laundry)
    assert client.get("/pay/quick/", {"account": account}).status_code == 200
    answer = client.post("/pay/quick/", {"account": account})
    assert answer.status_code == 200
    assert "your accounts" in answer.content.decode() or "required" in answer.content.decode()
    assert not Checkout.objects.exists()


def way(*accounts: int) -> str:
    back = "/pay/quick/" + "".join(
        f"{'&' if at else '?'}account={key}" for at, key in enumerate(accounts)
    )
    return f'href="/accounts/confirm/?{urlencode({"next": back})}"'


def test_without_a_token_it_says_how_to_get_the_saved_payment_methods(
    client: Client, cast: Cast
) -> None:
    """After signing in with a passkey, and when the token has run out."""
    one, other = (cast.account(number).pk for number in ("10000201", "10000202"))
    client.force_login(cast.manager)
    assert way() in client.get("/pay/quick/").content.decode()
    assert way(one) in client.get(f"/pay/quick/?account={one}").content.decode()
    assert way(one, other) in client.post("/pay/quick/", {"account": [one, other]}).content.decode()
    hold_token(client, "run-out", minutes=-1)
    assert WORDS in client.get("/pay/quick/").content.decode()
    hold_token(client, "good")
    assert WORDS not in client.get("/pay/quick/").content.decode()


def test_where_the_password_would_not_help_it_is_not_asked_for(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    session = client.session
    billing_session.store(session, BillingSession(state=State.ELSEWHERE))
    session.save()
    assert WORDS not in client.get("/pay/quick/").content.decode()


def test_in_spanish_it_says_so_in_spanish(client: Client, cast: Cast) -> None:
    client.force_login(cast.laundry)
    client.cookies["django_language"] = "es"
    page = client.get("/pay/quick/").content.decode()
    assert "Confirme su contraseña para usar sus métodos de pago guardados" in page


def test_a_page_without_saved_methods_is_not_offered_again_once_there_is_a_token(
    client: Client, cast: Cast, sandbox: SandboxProcess
) -> None:
    client.force_login(cast.laundry)
    account = {"account": cast.account("10000101").pk}
    opened_without = client.post("/pay/quick/", account)["Location"]
    assert way(account["account"]) in client.get(opened_without).content.decode()
    hold_token(client, real_token(cast))
    page = client.post("/pay/quick/", account).content.decode()
    assert "Was this bill already paid?" in page  # the page opened before can still take money
    opened_with = client.post("/pay/quick/", {**account, "confirmed": "yes"})["Location"]
    assert opened_with != opened_without
    assert [body["RemoteAuthenticationToken"] for body in bodies(sandbox)] == ["", "***"]
    assert WORDS not in client.get(opened_with).content.decode()
    assert client.post("/pay/quick/", {**account, "confirmed": "yes"})["Location"] == opened_with
