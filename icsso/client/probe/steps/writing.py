"""What `--write` adds, for a test account only: registers it, sets its password and email address
to their current values, and creates its customer record."""

import re

from icsso.client.contract import CustomerRecord
from icsso.client.errors import AlreadyExists
from icsso.client.parsing import account_key
from icsso.client.probe.reading import wordings
from icsso.client.probe.results import Difference
from icsso.client.probe.steps.explanations import Judgment, explained
from icsso.client.probe.steps.names_sent import complaints
from icsso.client.probe.steps.remedies import map_refusals
from icsso.client.probe.steps.step import Step
from icsso.client.probe.walk import Attempt, Walk

NO_NAME = "Portal Probe"
EXISTS = "exist|already|duplicate|taken"


def _no_password(walk: Walk) -> str:
    return "Not asked: no password was given." if walk.arguments.password is None else ""


def _may_not_register(walk: Walk) -> str:
    """Never with a password that is not known to be right: it could replace the other one."""
    if walk.is_registered and not walk.token:
        return _no_password(walk) or "Not asked: the password is not the registered one."
    return _no_password(walk)


def _registered(walk: Walk, attempt: Attempt) -> Judgment:
    wanted = account_key(walk.arguments.account_number)
    mine = [one for one in attempt.value if account_key(one.account_number) == wanted]
    if not attempt.value:
        words = "Invoice Cloud does not say which accounts it has registered."
        return Judgment(words, differences=(Difference("no-results", words, tolerated=True),))
    if not mine or not mine[0].registered:
        words = "Invoice Cloud answers, and does not register the account."
        advice = "Ask Invoice Cloud why; some accounts can be registered only after a first bill."
        return Judgment(words, is_usable=False, advice=(advice,))
    return Judgment("The account is registered to the email address.")


def _updated(walk: Walk, attempt: Attempt) -> Judgment:
    if attempt.was_derived:
        words = "Invoice Cloud does not say whether the password was set; the portal asks again."
        return Judgment(words, differences=(Difference("unclear", words, tolerated=True),))
    return Judgment("The password was set to its current value.")


def _moved(walk: Walk, attempt: Attempt) -> Judgment:
    if attempt.error is None:
        return Judgment("The email address was set to its current value.")
    if isinstance(attempt.error, AlreadyExists) and not complaints(walk, attempt):
        if not attempt.was_derived:
            return Judgment(
                "Invoice Cloud says that the email address is taken, if only by itself."
            )
        told = attempt.error.reason or attempt.status
        words = f"Invoice Cloud does not say that the email address was set or is taken: {told}"
        return Judgment(words, differences=(Difference("unclear", words, tolerated=True),))
    return explained(walk, MOVE.title, attempt)


def _created(walk: Walk, attempt: Attempt) -> Judgment:
    if isinstance(attempt.error, AlreadyExists):
        reading = "The customer exists already, and Invoice Cloud says so."
        if not attempt.was_derived:
            return Judgment(reading)
        return Judgment(reading, differences=(_existing(walk, attempt),))
    if attempt.error is not None:
        return explained(walk, CREATE.title, attempt)
    if attempt.value is None:
        words = "The customer was created; Invoice Cloud does not give the CustomerGUID here."
        return Judgment(words)
    return Judgment("The customer was created.")


def _existing(walk: Walk, attempt: Attempt) -> Difference:
    """What says that something exists already, for the profile: other refusals do not say so."""
    entry = attempt.main and wordings.refused(
        attempt.main, "already_exists", others=[], private=walk.private_words()
    )
    if entry and re.search(EXISTS, str(entry), re.IGNORECASE):
        map_refusals(walk, attempt.operation, [entry])
    words = (
        "Invoice Cloud refuses an existing customer in other words; the portal has to ask again."
    )
    return Difference("refusal", words, tolerated=True)


def _record(walk: Walk) -> CustomerRecord:
    return CustomerRecord(
        account_number=walk.arguments.account_number,
        name=walk.customer_name or NO_NAME,
        email=walk.arguments.email,
    )


REGISTER = Step(
    "register_accounts",
    "Register Accounts (test account)",
    "register_accounts",
    lambda walk: (
        lambda client: client.register_accounts(
            email=walk.arguments.email,
            password=walk.arguments.password or "",
            account_numbers=[walk.arguments.account_number],
        )
    ),
    _registered,
    announcement="The next steps write to the test account at Invoice Cloud.",
    skipped=_may_not_register,
)
UPDATE = Step(
    "update_password",
    "Update Password to its current value (test account)",
    "update_password",
    lambda walk: (
        lambda client: client.update_password(
            email=walk.arguments.email, new_password=walk.arguments.password or ""
        )
    ),
    _updated,
    # Never for a password that Invoice Cloud has just refused: it would be overwritten.
    skipped=lambda walk: _no_password(walk) or ("" if walk.token else "Not asked: no token."),
)
MOVE = Step(
    "update_email_address",
    "Update Email Address to its current value (test account)",
    "update_email_address",
    lambda walk: (
        lambda client: client.update_email_address(
            email=walk.arguments.email, new_email=walk.arguments.email
        )
    ),
    _moved,
    expects_answer=False,
    skipped=UPDATE.skipped,
)
CREATE = Step(
    "create_customer_record",
    "Create Customer Record (test account)",
    "create_customer_record",
    lambda walk: lambda client: client.create_customer_record(_record(walk)),
    _created,
    expects_answer=False,
)
WRITING: tuple[Step, ...] = (REGISTER, UPDATE, MOVE, CREATE)
