"""Variants: what Invoice Cloud decides otherwise."""

from functools import partial
from typing import Any

from .wire import Variant, Wire, changing

KNOWN = (
    "Register Accounts for a known address with another password: unknown (409, a refusal, "
    "success, or an overwritten password)"
)


ruled = partial(changing, "rules")


def known_address(name: str, summary: str, *, contrary: bool = False, rule: str = "") -> Variant:
    return ruled(
        name,
        f"Register Accounts for a known address with another password {summary}.",
        KNOWN,
        group="known_address",
        contrary=contrary,
        known_address=rule or name.removeprefix("known_address_"),
    )


def end_tokens(wire: Wire, seconds: Any) -> Wire:
    return wire.of("rules", token_seconds=int(seconds))


def limit_calls(wire: Wire, limits: Any) -> Wire:
    return wire.of("rules", calls_per_second={name: int(most) for name, most in limits.items()})


VARIANTS = [
    known_address("known_address_refused", "is refused with 400"),
    known_address("known_address_overwrites", "overwrites the password"),
    known_address("known_address_registers", "succeeds and leaves the password as it was"),
    known_address(
        "several_registrations",
        "makes a second registration of that address, with its own password and accounts",
        contrary=True,
        rule="another",
    ),
    ruled(
        "first_bill_needed",
        'An account without a bill is not registered: "We do not have a bill for this account '
        'yet".',
        "Registering may be refused until the customer has a first bill (P)",
        first_bill_needed=True,
    ),
    ruled(
        "invited_users",
        "Retrieve Users has a row for an invited user beside that of the account.",
        "Several rows for one account are possible (invited users, P)",
        invited_users=True,
    ),
    ruled(
        "credits_as_zero",
        "A credit is a balance of 0.",
        "Credits may come as 0 (P)",
        group="money",  # how credits are written could not be seen
        contrary=False,
        credits_as_zero=True,
    ),
    ruled(
        "lagging_balance",
        "The balance is the one before the payments of the last 24 hours.",
        "A balance may be up to 6 hours old, and 24 hours after a payment (P)",
        lagging_balance=True,
    ),
    ruled(
        "request_validation",
        "A request with `<` in a value is refused.",
        "Request validation may refuse `<` in a value (A)",
        request_validation=True,
    ),
    Variant(
        name="token_ends_early",
        summary="A token ends after so many seconds, whatever `ExpiresIn` says, and its framed "
        "page shows a sign-in page from then on.",
        contract="`ExpiresIn?` seconds: it may end earlier",
        copes="tolerant",
        change=end_tokens,
        value=60,
    ),
    Variant(
        name="rate_limit",
        summary="More than so many calls of an operation in a second get 429 with Retry-After.",
        contract="429 is to be expected (P: one tool paces itself at two calls a second)",
        copes="tolerant",
        change=limit_calls,
        value={"account": 2},
    ),
    ruled(
        "hosted_page_on_other_host",
        "The hosted payment page is under another host (localhost).",
        "The wire profile can name further hosts a hosted page may have",
        copes="profile",
        hosted_page_on_other_host=True,
    ),
    ruled(
        "no_way_back",
        'In a frame, the payment page ends with "Thank you for your payment!" and no way back.',
        "With ViewMode 1 the frame was seen to stay with no way back (P, 2022)",
        group="way_back",
        way_back="none",
    ),
    ruled(
        "back_at_once",
        "An approved payment leads to `ReturnURL` at once.",
        "The browser is sent to `ReturnURL` (P with ViewMode 0, A in a frame)",
        group="way_back",
        contrary=False,
        way_back="redirect",
    ),
    ruled(
        "cookie_in_frame",
        "The framed pages need a cookie (SameSite=None), and show a sign-in page without it.",
        "Session state stands in the address (P); whether no cookie is needed is A",
        contrary=False,  # a browser that keeps no such cookies shows none of the pages
        cookie_in_frame=True,
    ),
]
