"""Gets Invoice Cloud's token for a member and password: the three branches, and every sign-in."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.credentials import resume
from accounts.credentials.calls import only_helps
from accounts.failures import log_failure
from accounts.invoice_cloud import register as registering
from accounts.invoice_cloud.context import ConnectContext
from accounts.masks import masked_email
from accounts.models import LinkedAccount, Member, UtilityAccount
from icsso.billers.clients import client_of
from icsso.billing.session import BillingSession, State
from icsso.client.contract import User as KnownUser
from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    NotRegistered,
)
from icsso.client.parsing import account_key

BUDGET = 10.0  # seconds for all calls together: a sign-in answers within 12
MOST_TRIED = 3  # accounts used to look for a new member at one sign-in


def connect(member: Member, password: str) -> BillingSession:
    """Returns the billing session of a member who has just given this password. Never raises for
    anything Invoice Cloud does: the state says what happened. Safe to repeat after any failure.
    """
    context = ConnectContext(member, password, client_of(member.biller).within(BUDGET))
    try:
        return _connect(context)
    except (CredentialMismatch, AlreadyExists):
        return BillingSession(state=State.RECONNECT)
    except InvoiceCloudRejected as refusal:
        log_failure(refusal, member)
        return BillingSession(state=State.REFUSED, note=refusal.reason, is_quoted=True)
    except InvoiceCloudError as error:
        log_failure(error, member)
        # If it is no outage, the API key is wrong, or the answer is not what the contract and the
        # wire profile say.
        return BillingSession(state=State.AWAY if error.is_outage else State.FAULT)


def _connect(context: ConnectContext) -> BillingSession:
    member = context.member
    has_registered = False
    if only_helps(member):
        return _not_registered(context)
    # Someone who is registered with this email proves the password first: what Register Accounts
    # does with another password is unknown, and it might overwrite the one there.
    if not member.registered_at and member.links.exists() and not _is_known(context):
        has_registered = _register_any(context)
        if not has_registered:
            return _not_registered(context)
    try:
        billing = _authenticate(context)
    except NotRegistered:
        # Changed to a new email that only Invoice Cloud has so far, deleted there since, or
        # registered only with other accounts.
        is_resumed = resume.resume_email(member, context.password, context.client)
        has_registered = not is_resumed and _register_any(context)
        if not (is_resumed or has_registered):
            return _not_registered(context)
        billing = _authenticate(context)
    except CredentialMismatch:
        # Maybe a change that the member approved and only one side has so far.
        if not resume.resume_password(member, context.password, context.client):
            raise
        billing = _authenticate(context)
    _learn_connected(context)
    if has_registered:
        resume.check_registered_password(member)
    if not billing.is_usable:
        # If it counted as connected, the billing pages would keep asking for the password.
        raise InvoiceCloudProtocolError("remote_authentication", "gave a token that ends at once")
    return billing


def _is_known(context: ConnectContext) -> bool:
    """Returns whether anyone is registered at Invoice Cloud with this email, or may be: if that is
    not said clearly, the password is tried before anything is registered."""
    try:
        users = context.client.users_at(context.email)
    except (InvoiceCloudProtocolError, InvoiceCloudRejected) as unclear:
        if unclear.is_outage:
            raise
        log_failure(unclear, context.member)
        return True
    there = {account_key(user.account_number or ""): user.customer_guid for user in users}
    for link in context.links() if users else []:
        key = account_key(link.account.account_number)
        if key in there:
            link.account.learn_guid(there[key])
            link.settle(LinkedAccount.State.REGISTERED)
    return bool(users)


def _register_any(context: ConnectContext) -> bool:
    """Returns whether the member is now registered at Invoice Cloud with at least one account."""
    return any(_register_with(context, link) for link in context.links()[:MOST_TRIED])


def _register_with(context: ConnectContext, link: LinkedAccount) -> bool:
    """The three branches of the design document."""
    users = context.users_of(link.account.account_number)
    if not users:
        registering.create_customer(context, link.account)
        return _register(context, link)
    link.account.learn_guid(users[0].customer_guid)
    owners = [user for user in users if user.registered]
    return _found(context, link, owners) if owners else _register(context, link)


def _register(context: ConnectContext, link: LinkedAccount) -> bool:
    refused = registering.register(context, [link])
    for refused_link, message in refused:
        refused_link.settle(LinkedAccount.State.REFUSED, message)
    return not refused


def _found(context: ConnectContext, link: LinkedAccount, owners: list[KnownUser]) -> bool:
    """Already registered: by this member, or by someone else, and then it is left alone."""
    if any(context.is_ours(user.email) for user in owners):
        link.settle(LinkedAccount.State.REGISTERED)
        return True
    link.settle(LinkedAccount.State.ELSEWHERE, masked_email(owners[0].email or ""))
    return False


def _not_registered(context: ConnectContext) -> BillingSession:
    links = {link.state: link for link in reversed(context.links())}
    if elsewhere := links.get(LinkedAccount.State.ELSEWHERE):
        return BillingSession(state=State.ELSEWHERE, note=elsewhere.note)
    refused = links.get(LinkedAccount.State.REFUSED)
    return BillingSession(
        state=State.REFUSED,
        note=refused.note if refused else _("You haven't linked an account yet."),
        is_quoted=refused is not None,
    )


def _authenticate(context: ConnectContext) -> BillingSession:
    """Waits for one round trip only: a missing CustomerGUID is requested at the same time."""
    asked_at = timezone.now()
    first = context.first_account()
    with ThreadPoolExecutor(max_workers=1) as pool:
        guid = _ask_guid(pool, context, first) if first and not first.customer_guid else None
        answer = context.client.remote_authentication(
            email=context.email, password=context.password
        )
    if first and guid:
        first.learn_guid(_unless_failed(guid, context.member))
    seconds = answer.expires_in
    if seconds is None:
        seconds = settings.REMOTE_AUTHENTICATION_TOKEN_SECONDS
    return BillingSession(
        state=State.CONNECTED,
        token=answer.token,
        expires_at=asked_at + timedelta(seconds=seconds),
        customer_guid=str((first and first.customer_guid) or ""),
    )


def _ask_guid(
    pool: ThreadPoolExecutor, context: ConnectContext, account: UtilityAccount
) -> Future[UUID]:
    # The context carries the request's number, for the log line of this call.
    return pool.submit(
        copy_context().run,
        partial(
            context.client.retrieve_customer_guid,
            account_number=account.account_number,
            email=context.email,
        ),
    )


def _unless_failed(answer: Future[UUID], member: Member) -> UUID | None:
    try:
        return answer.result()
    except InvoiceCloudError as error:
        log_failure(error, member)
        return None


def _learn_connected(context: ConnectContext) -> None:
    member = context.member
    if member.registered_at is None:
        member.registered_at = timezone.now()
        member.save(update_fields=["registered_at"])
    resume.resume_after_sign_in(member, context.password, context.client)
