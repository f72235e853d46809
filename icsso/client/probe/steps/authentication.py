"""Remote Authentication: what its refusals look like, then a token, then the accounts."""

from icsso.client.errors import CredentialMismatch, InvoiceCloudError, NotRegistered
from icsso.client.parsing import account_key
from icsso.client.probe.reading import wordings
from icsso.client.probe.results import Difference
from icsso.client.probe.steps.explanations import Judgment, explained
from icsso.client.probe.steps.names_sent import otherwise_sent
from icsso.client.probe.steps.remedies import map_refusals
from icsso.client.probe.steps.step import Step
from icsso.client.probe.walk import Attempt, Walk


def _unknown_user(walk: Walk, attempt: Attempt) -> Judgment:
    return _refused_as(walk, attempt, NotRegistered, "not_registered", "an unknown address")


def _wrong_password(walk: Walk, attempt: Attempt) -> Judgment:
    judgment = _refused_as(walk, attempt, CredentialMismatch, "mismatch", "a wrong password")
    _map_wordings(walk)
    return judgment


def _refused_as(
    walk: Walk, attempt: Attempt, wanted: type[InvoiceCloudError], means: str, what: str
) -> Judgment:
    if attempt.error is None:
        words = f"Invoice Cloud gives a token for {what}."
        advice = "Do not go on: ask Invoice Cloud how Remote Authentication checks a password."
        return Judgment(words, is_usable=False, advice=(advice,))
    if not isinstance(attempt.error, wanted) or attempt.main is None:
        return explained(walk, AUTHENTICATION[means].title, attempt)
    reading = f"The portal correctly reads {what} as {READ_AS[means]}."
    if not attempt.was_derived:
        return Judgment(reading)
    walk.refusals[means] = attempt.main
    words = (
        f"The answer to {what} ({attempt.main.status}) is not the contract's; the portal finds out"
        " by itself what it means, with a further call."
    )
    return Judgment(reading, differences=(Difference("refusal", words, tolerated=True),))


def _map_wordings(walk: Walk) -> None:
    """Lets the profile say what both refusals mean, where their words differ."""
    private, entries = walk.private_words(), []
    for means, exchange in walk.refusals.items():
        others = [other for known, other in walk.refusals.items() if known != means]
        entry = wordings.refused(exchange, means, others=others, private=private)
        entries += [entry] if entry else []
    if len(walk.refusals) > 1 and entries:
        map_refusals(walk, "remote_authentication", entries)


def _right_password(walk: Walk, attempt: Attempt) -> Judgment:
    walk.token = attempt.value.token
    if attempt.value.expires_in is None:
        words = "Invoice Cloud gives a token, and does not say how long it lives."
        return Judgment(words)
    return Judgment("Invoice Cloud gives a token and says how long it lives.")


def _user_accounts(walk: Walk, attempt: Attempt) -> Judgment:
    wanted = account_key(walk.arguments.account_number)
    mine = [one for one in attempt.value if account_key(one.account_number) == wanted]
    if not mine:
        words = "The account is not among those of the email address."
        advice = "Give an account and an email address that belong together."
        return Judgment(words, differences=(Difference("not-among", words),), advice=(advice,))
    walk.customer_name = mine[0].customer_name or ""
    return Judgment("The account is among those of the email address.")


def _needs_registered(walk: Walk) -> str:
    if walk.arguments.password is None:
        return "Not asked: no password was given."
    return "" if walk.is_registered else "Not asked: the email address is not registered."


UNKNOWN_USER = Step(
    "remote_authentication_unknown",
    "Remote Authentication, unknown address",
    "remote_authentication",
    lambda walk: (
        lambda client: client.remote_authentication(
            email=walk.random_email, password=walk.random_password
        )
    ),
    _unknown_user,
    expects_answer=False,
    remedies=(otherwise_sent,),  # with an address that cannot be locked
)
WRONG_PASSWORD = Step(
    "remote_authentication_wrong",
    "Remote Authentication, wrong password",
    "remote_authentication",
    lambda walk: (
        lambda client: client.remote_authentication(
            email=walk.arguments.email, password=walk.random_password
        )
    ),
    _wrong_password,
    expects_answer=False,
    remedies=(),
    announcement=(
        "One wrong password is sent next for the email address given. If this address has failed"
        " before, Invoice Cloud may lock it; use a test account."
    ),
    skipped=lambda walk: (
        "" if walk.is_registered else "Not asked: the email address is not registered."
    ),
)
AUTHENTICATION = {"not_registered": UNKNOWN_USER, "mismatch": WRONG_PASSWORD}
READ_AS = {"not_registered": "not registered", "mismatch": "another password"}
AUTHENTICATING: tuple[Step, ...] = (
    UNKNOWN_USER,
    WRONG_PASSWORD,
    Step(
        "remote_authentication",
        "Remote Authentication, right password",
        "remote_authentication",
        lambda walk: (
            lambda client: client.remote_authentication(
                email=walk.arguments.email, password=walk.arguments.password or ""
            )
        ),
        _right_password,
        skipped=_needs_registered,
    ),
    Step(
        "retrieve_user_accounts",
        "Retrieve User Accounts",
        "retrieve_user_accounts",
        lambda walk: lambda client: client.retrieve_user_accounts(email=walk.arguments.email),
        _user_accounts,
        skipped=lambda walk: (
            "" if walk.is_registered else "Not asked: the email address is not registered."
        ),
    ),
)
