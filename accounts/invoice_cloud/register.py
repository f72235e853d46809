"""Registers linked accounts at Invoice Cloud, and stores its answer for each."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.utils import timezone

from accounts.invoice_cloud.context import ConnectContext
from accounts.masks import masked_email
from accounts.models import LinkedAccount, UtilityAccount
from icsso.client.contract import CustomerRecord, User
from icsso.client.errors import AlreadyExists
from icsso.client.parsing import account_key

State = LinkedAccount.State
AT_ONCE = 100  # accounts in one call
MOST_ALONE = 3  # accounts tried one by one at one sign-in, each with up to four calls
MOST_LOOKED_UP = 10  # refused accounts looked up at one sign-in; the others wait for the next
Refused = list[tuple[LinkedAccount, str]]


def register(context: ConnectContext, links: Sequence[LinkedAccount]) -> Refused:
    """Makes one call for at most `AT_ONCE` accounts. Settles those that Invoice Cloud registered,
    and returns those it refused, with its reasons."""
    numbers = [link.account.account_number for link in links]
    results = context.client.register_accounts(
        email=context.email, password=context.password, account_numbers=numbers
    )
    answers = {account_key(result.account_number): result for result in results}
    answered = [(link, answers.get(account_key(link.account.account_number))) for link in links]
    settle((link, State.REGISTERED, "") for link, a in answered if a and a.registered)
    refused = [(link, a.message or "") for link, a in answered if a and not a.registered]
    # Until the reason is known. They are tried again next time.
    settle((link, State.PENDING, message) for link, message in refused)
    return refused


def settle_refused(context: ConnectContext, refused: Refused) -> None:
    """Finds out why: unknown there (then it is created), registered elsewhere, or simply refused.

    Accounts that no one has registered are settled as refused only after a second refusal: another
    sign-in may have created one in between and stopped before registering it. Where Invoice Cloud
    refuses all of a call because of one, a few are tried one by one, and the others next time.
    """
    asked = refused[:MOST_LOOKED_UP]
    verdicts, unknown, again = [], [], []
    for (link, _message), users in zip(asked, _look_up(context, asked), strict=True):
        owners = [user for user in users if user.registered]
        if owners:
            verdicts.append((link, *_verdict(context, owners)))
            continue
        again.append(link)
        if not users:
            unknown.append(link)
    settle(verdicts)
    for link in unknown:
        create_customer(context, link.account)
    still = register(context, again) if again else []
    if len(still) == len(again) > 1:  # all of them, maybe because of one
        still = [each for link in again[:MOST_ALONE] for each in register(context, [link])]
    settle((link, State.REFUSED, message) for link, message in still)


def create_customer(context: ConnectContext, account: UtilityAccount) -> None:
    record = CustomerRecord(
        account_number=account.account_number,
        name=account.name,
        address1=account.address,
        city=account.city,
        state=account.state,
        zip=account.zip,
        phone=account.phone,
        email=context.email,
    )
    try:
        account.learn_guid(context.client.create_customer_record(record))
    except AlreadyExists:
        return  # by an earlier attempt whose answer was lost


def settle(verdicts: Iterable[tuple[LinkedAccount, State, str]]) -> None:
    """Saves verdicts in bulk, even if they all differ."""
    links = []
    for link, state, note in verdicts:
        link.state, link.note, link.settled_at = state, note[:200], timezone.now()
        links.append(link)
    LinkedAccount.objects.bulk_update(links, ["state", "note", "settled_at"], batch_size=AT_ONCE)


def _look_up(context: ConnectContext, refused: Refused) -> list[tuple[User, ...]]:
    if not refused:
        return []
    numbers = [link.account.account_number for link, _message in refused]
    with ThreadPoolExecutor(max_workers=5) as pool:
        asked = [pool.submit(copy_context().run, context.users_of, number) for number in numbers]
    return [users.result() for users in asked]


def _verdict(context: ConnectContext, owners: Sequence[User]) -> tuple[State, str]:
    if any(context.is_ours(user.email) for user in owners):
        return State.REGISTERED, ""
    return State.ELSEWHERE, masked_email(owners[0].email or "")
