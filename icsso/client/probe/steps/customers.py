"""The REST steps, in the order in which the probe walks them (story 14)."""

from typing import Any
from uuid import UUID

from icsso.client.contract import OPERATIONS, Account, BillerStatus
from icsso.client.errors import TOO_MANY
from icsso.client.parsing import account_key
from icsso.client.probe.exchanges import Exchange
from icsso.client.probe.reading import wordings
from icsso.client.probe.reading.search import find
from icsso.client.probe.results import Difference
from icsso.client.probe.steps.explanations import Judgment, explained
from icsso.client.probe.steps.names_sent import complaints
from icsso.client.probe.steps.remedies import learn, map_refusals
from icsso.client.probe.steps.step import Step
from icsso.client.probe.walk import Attempt, Walk
from icsso.client.wire.written import NO_CONTENT


def _biller_status(walk: Walk, attempt: Attempt) -> Judgment:
    status: BillerStatus = attempt.value
    expected = walk.target.biller_guid
    if expected and status.biller_guid and expected != status.biller_guid:
        words = "The key works, but it belongs to another biller GUID than the one entered."
        advice = "Ask Invoice Cloud which biller GUID and API key belong together."
        return Judgment(words, is_usable=False, advice=(advice,))
    if not status.active:
        advice = "Ask Invoice Cloud to activate the biller."
        return Judgment("The key works, but the biller is inactive.", False, advice=(advice,))
    if status.biller_guid is None:
        words = "The key works; Invoice Cloud does not say which biller it belongs to."
        return Judgment(words)
    return Judgment("The key works, and the biller is active.")


def _users_by_number(walk: Walk, attempt: Attempt) -> Judgment:
    walk.users = attempt.value
    if not walk.users:
        return Judgment(
            "Invoice Cloud does not know the account number.",
            is_usable=False,
            advice=("Give the number of an account that Invoice Cloud bills.",),
        )
    wanted = account_key(walk.arguments.account_number)
    others = [one for one in walk.users if one.account_number and _key(one) != wanted]
    walk.customer_guid = next((one.customer_guid for one in walk.users if one.customer_guid), None)
    if others:
        words = "The answer contains other accounts than the one asked for."
        advice = "Ask Invoice Cloud whether Retrieve Users searches by account number."
        return Judgment(words, is_usable=False, advice=(advice,))
    by = "is registered" if walk.is_registered else "exists, and nobody has registered it"
    return Judgment(f"The account {by}.", differences=_several(walk, attempt))


def _key(user: object) -> str:
    return account_key(str(getattr(user, "account_number", "")))


def _several(walk: Walk, attempt: Attempt) -> tuple[Difference, ...]:
    numbers = [_key(user) for user in attempt.value if user.account_number]
    if len(numbers) == len(set(numbers)):
        return ()
    words = "One account has several rows: it is registered or invited more than once."
    return (Difference("several-registrations", words, tolerated=True),)


def _users_by_email(walk: Walk, attempt: Attempt) -> Judgment:
    registered = [user for user in attempt.value if user.registered]
    walk.users = attempt.value
    numbers = [_key(user) for user in attempt.value if user.account_number]
    differences = _several(walk, attempt)
    if not attempt.value:
        return Judgment("Nobody is registered with this email address.", differences=differences)
    if not registered:
        return Judgment("The email address is known, and not registered.", differences=differences)
    has = "with" if account_key(walk.arguments.account_number) in numbers else "without"
    return Judgment(f"The email address is registered, {has} this account.", True, differences)


def _users_by_random_number(walk: Walk, attempt: Attempt) -> Judgment:
    if attempt.value:
        words = "An account number that cannot exist gives users."
        advice = "Ask Invoice Cloud whether Retrieve Users searches by account number."
        return Judgment(words, is_usable=False, advice=(advice,))
    reading = "An unknown account number is read as an account that does not exist."
    main = attempt.main
    if main is None:
        return explained(walk, RANDOM_NUMBER.title, attempt)
    if attempt.error is not None:
        return _unknown_is_refused(walk, main, attempt, reading)
    if main.status in {200, NO_CONTENT} and attempt.body is not None:
        found = find(attempt.operation, attempt.body, walk.operation(attempt.operation))
        if not any(one.kind == "rows" for one in found.missing):
            return Judgment(reading)
    words = f"An unknown account is refused ({main.status}) where an empty list is promised."
    return Judgment(reading, differences=(Difference("refusal", words, tolerated=True),))


def _unknown_is_refused(walk: Walk, main: Exchange, attempt: Attempt, reading: str) -> Judgment:
    """The client cannot know that this refusal means "no such account": the profile says so."""
    entry = wordings.refused(
        main, "not_registered", others=[], private=walk.private_words()
    ) or _nothing_said(walk, main)
    is_known = walk.users and not complaints(walk, attempt)
    if not entry or not is_known or not map_refusals(walk, attempt.operation, [entry]):
        return explained(walk, RANDOM_NUMBER.title, attempt)
    words = f"An unknown account is refused ({attempt.status}); the profile says what it means."
    return Judgment(reading, differences=(Difference("refusal", words),))


def _nothing_said(walk: Walk, main: Exchange) -> dict[str, Any] | None:
    """Returns an entry for an empty answer, if a path that does not exist is answered differently.
    Otherwise, once the path has moved, every customer would seem unknown and be registered
    again."""
    entry = wordings.not_found(main, "not_registered")
    if entry is None:
        return None
    name, before = RANDOM_NUMBER.operation, walk.profile
    path = walk.operation(name).path or OPERATIONS[name].path
    if not learn(walk, name, path=f"{path.rpartition('/')[0]}/{walk.random_number}"):
        return None
    beside = walk.attempt(name, RANDOM_NUMBER.call(walk)).main
    walk.profile = before
    if beside is None or wordings.not_found(beside, "not_registered"):
        return None
    return entry if beside.status in {*range(300, 500)} - {TOO_MANY} else None


def _customer_guid(walk: Walk, attempt: Attempt) -> Judgment:
    if walk.customer_guid and walk.customer_guid != attempt.value:
        words = "It is another CustomerGUID than the one of Retrieve Users."
        return Judgment(words, differences=(Difference("other-guid", words, tolerated=True),))
    walk.customer_guid = attempt.value
    return Judgment("The account has a CustomerGUID.")


def _account(walk: Walk, attempt: Attempt) -> Judgment:
    account: Account = attempt.value
    number = account.account_number
    if number and account_key(number) != account_key(walk.arguments.account_number):
        words = "The answer is about another account than the one asked for."
        advice = "Ask Invoice Cloud how the account of a CustomerGUID is retrieved."
        return Judgment(words, is_usable=False, advice=(advice,))
    if account.balance_due is None:
        words, advice = "The answer has no balance.", "Ask Invoice Cloud where to find the balance."
        return Judgment(words, is_usable=False, advice=(advice,))
    due = "and a due date" if account.due_date else "and no due date"
    return Judgment(f"The account has a balance {due}.")


def _needs_guid(walk: Walk) -> str:
    return "" if walk.customer_guid else "Not asked: no CustomerGUID is known."


RANDOM_NUMBER = Step(
    "retrieve_users_by_random_number",
    "Retrieve Users by an unknown number",
    "retrieve_users",
    lambda walk: lambda client: client.retrieve_users(account_number=walk.random_number),
    _users_by_random_number,
    expects_answer=False,
    remedies=(),
)
CUSTOMERS: tuple[Step, ...] = (
    Step(
        "biller_status",
        "Biller status",
        "biller_status",
        lambda walk: lambda client: client.biller_status(),
        _biller_status,
    ),
    Step(
        "retrieve_users_by_number",
        "Retrieve Users by account number",
        "retrieve_users",
        lambda walk: (
            lambda client: client.retrieve_users(account_number=walk.arguments.account_number)
        ),
        _users_by_number,
    ),
    Step(
        "retrieve_users_by_email",
        "Retrieve Users by email address",
        "retrieve_users",
        lambda walk: lambda client: client.retrieve_users(email=walk.arguments.email),
        _users_by_email,
    ),
    RANDOM_NUMBER,
    Step(
        "retrieve_customer_guid",
        "Retrieve CustomerGUID",
        "retrieve_customer_guid",
        lambda walk: (
            lambda client: client.retrieve_customer_guid(
                account_number=walk.arguments.account_number, email=walk.arguments.email
            )
        ),
        _customer_guid,
    ),
    Step(
        "account",
        "Account",
        "account",
        lambda walk: lambda client: client.account(walk.customer_guid or UUID(int=0)),
        _account,
        skipped=_needs_guid,
    ),
)
