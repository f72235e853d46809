"""dj-stripe's webhook, which sets the goal for a postback at half its cost: the call is stored, its
signature checked, and its event stored. For `python -m bench.floor` with DJSTRIPE_PYTHON.

For other kinds of events, dj-stripe also asks Stripe for the object that the event is about.
"""

import hashlib
import hmac
import json
import time
from itertools import count

from bench.floor.project import set_up

KEY, SECRET = "sk_test_floor", "whsec_floor"  # belongs to nobody
set_up(
    __name__,
    "djstripe",
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    STRIPE_LIVE_MODE=False,
    STRIPE_TEST_SECRET_KEY=KEY,
    # Creates the tables in their final form: running the migrations takes minutes.
    MIGRATION_MODULES=dict.fromkeys(["djstripe", "auth", "contenttypes", "sessions"]),
)

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from djstripe.models import Account, APIKey, WebhookEndpoint

from bench.floor.meter import Call, request, serve

urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]


def main() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    application = get_wsgi_application()
    account = Account.objects.create(id="acct_1", livemode=False)
    APIKey.objects.create(
        id="mk_1", secret=KEY, type="secret", livemode=False, djstripe_owner_account=account
    )
    endpoint = WebhookEndpoint.objects.create(
        id="we_1",
        djstripe_owner_account=account,
        enabled_events=["*"],
        secret=SECRET,
        status="enabled",
        url="https://floor.example/stripe/",
        livemode=False,
    )
    address = f"/stripe/webhook/{endpoint.djstripe_uuid}/"
    numbers = count()

    def prepared(times: int) -> list[list[Call]]:
        """Returns two identical calls for each of this many events."""
        bodies = [json.dumps(event(next(numbers))) for _ in range(times)]
        return [[sent(body), sent(body)] for body in bodies]

    def sent(body: str) -> Call:
        headers = {"HTTP_STRIPE_SIGNATURE": signature(body)}
        return request(application, address, body=body, **headers)

    def again(times: int) -> list[Call]:
        calls = prepared(times)
        for first, _ in calls:
            first()
        return [second for _, second in calls]

    serve({"event": lambda times: [first for first, _ in prepared(times)], "event again": again})


def signature(body: str) -> str:
    now = int(time.time())
    signed = hmac.new(SECRET.encode(), f"{now}.{body}".encode(), hashlib.sha256)
    return f"t={now},v1={signed.hexdigest()}"


def event(number: int) -> dict[str, object]:
    now = int(time.time())
    payment = {
        "id": f"pi_{number}",
        "object": "payment_intent",
        "amount": 8420,
        "amount_capturable": 0,
        "amount_received": 8420,
        "capture_method": "automatic",
        "client_secret": f"pi_{number}_secret",
        "confirmation_method": "automatic",
        "created": now,
        "currency": "usd",
        "customer": None,
        "description": "5001",
        "livemode": False,
        "metadata": {"account": f"8{number:07}"},
        "payment_method_types": ["card"],
        "status": "succeeded",
    }
    return {
        "id": f"evt_{number}",
        "object": "event",
        "account": "acct_1",
        "api_version": "2020-08-27",
        "created": now,
        "data": {"object": payment},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{number}", "idempotency_key": f"key-{number}"},
        "type": "balance.available",
    }


if __name__ == "__main__":
    main()
