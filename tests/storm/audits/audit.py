"""Compares the portal with Invoice Cloud: a sentence for each problem, nothing if there is none."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django_tasks_db.models import DBTaskResult

from accounts.models import Helper, LinkedAccount, UnlinkedAccount, User
from accounts.models.credential_change import CredentialChange
from accounts.models.second_factor import SecondFactor
from accounts.notifications.delivery import EmailNotSent
from payments.models import Payment, Postback
from tests.storm.people.browser import Interrupted
from tests.storm.people.imports import IMPORT, imports
from tests.storm.people.person import Person
from tests.storm.town import Town

State = dict[str, Any]
APPROVED_LATER = Postback.Reason.CONTRADICTS  # its postback came after the approval's


def audit(town: Town, people: Iterable[Person]) -> list[str]:
    state = town.state()
    return [
        *payments(state),
        *calls(state),
        *members(town, state, people),
        *links(state, people),
        *unlinked(people),
        *second_steps(people),
        *helpers(people),
        *imports(town),
        *receipts(state, people),
        *unfinished(),
        *answers(town),
    ]


def payments(state: State) -> list[str]:
    """Every approved payment is recorded once, to the cent, and there is no other."""
    there: Counter[tuple[str, ...]] = Counter()
    for payment in state["payments"]:
        if payment["approved"] and payment["hosted_payment"]:
            there.update((payment["guid"], *share) for share in shares(payment))
    here = Counter(
        (str(p.payment_guid), p.account.account_number, f"{p.amount:.2f} + {p.fee:.2f}")
        for p in Payment.objects.exclude(source=Payment.Source.RECONCILIATION)
        .select_related("account")
        .prefetch_related("lines")
    )
    lost = [f"approved and not known here, or not so: {what}" for what in there - here]
    return lost + [f"known here and not approved, or not so: {what}" for what in here - there]


def shares(payment: State) -> list[tuple[str, str]]:
    """Returns what was paid for each account; the fee belongs to the first one."""
    paid: Counter[str] = Counter()
    for line in payment.get("lines") or [payment]:
        paid[line["account_number"]] += Decimal(line["amount"])  # type: ignore[assignment]
    fees = [Decimal(payment["fee"]), *[Decimal()] * len(paid)]
    return [
        (account, f"{amount:.2f} + {fee:.2f}")
        for (account, amount), fee in zip(paid.items(), fees, strict=False)
    ]


def calls(state: State) -> list[str]:
    """Every postback answered with 2xx is stored and has a verdict."""
    answered: Counter[str] = Counter()
    wrong = []
    for call in state["postbacks"]:
        for attempt in call["attempts"]:
            status = attempt["status"]
            answered[call["fields"]["BillerReference"]] += status == 200
            if status not in {None, 200, 503}:
                wrong.append(f"a call about a payment was answered {status}")
    stored = Counter(Postback.objects.values_list("checkout__biller_reference", flat=True))
    wrong += [f"answered with 200 and not stored: {what}" for what in answered - stored]
    doubtful = Postback.objects.filter(verdict=Postback.Verdict.REVIEW)
    for reason in doubtful.exclude(reason=APPROVED_LATER).values_list("reason", flat=True):
        wrong.append(f"a true call is for review: {reason}")
    if Postback.objects.filter(verdict=Postback.Verdict.RECEIVED).exists():
        wrong.append("a call was kept and never decided")
    return wrong


def members(town: Town, state: State, people: Iterable[Person]) -> list[str]:
    """There is one member and one user at Invoice Cloud, with the email and the password that the
    customer expects."""
    wrong = []
    users = {user["email"]: user for user in state["users"]}
    known = {member.email: member for member in User.objects.exclude(biller=None)}
    for person in people:
        if not person.is_member:
            continue
        email, password = person.emails[0], person.passwords[0]
        member = known.pop(email, None)
        if member is None:
            wrong.append(f"{email} is no member")
            continue
        if not member.check_password(password):
            wrong.append(f"{email} has another password here")
        user = users.pop(email, None)
        if user is None:
            if member.links.exclude(state=LinkedAccount.State.ELSEWHERE).exists():
                wrong.append(f"{email} is not registered at Invoice Cloud")
        elif not town.control("POST", "users/check", email=email, password=password)["matches"]:
            wrong.append(f"{email} has another password at Invoice Cloud")
        elif not member.registered_at:
            wrong.append(f"{email} is not known to be registered")
    wrong += [f"a member nobody is: {email}" for email in known]
    return wrong + [f"a user there that nobody is: {email}" for email in users]


def links(state: State, people: Iterable[Person]) -> list[str]:
    """Each link matches Invoice Cloud, and each account registered there is linked."""
    owners = {c["account_number"]: c["registered_by"] for c in state["customers"]}
    wrong, linked = [], set()
    let_go = set(UnlinkedAccount.objects.values_list("member__email", "account__account_number"))
    for link in LinkedAccount.objects.select_related("account", "member"):
        number, email = link.account.account_number, link.member.email
        linked.add((email, number))
        owner = owners.get(number)
        is_right = {"registered": owner == email, "elsewhere": owner not in {None, email}}
        if not is_right.get(link.state, False):
            wrong.append(f"{number} is {link.state} for {email}, there it is {owner}'s")
    for number, owner in owners.items():
        if owner and (owner, number) not in linked | let_go:
            wrong.append(f"{number} is {owner}'s there, and not linked here")
    for person in people:
        for number in person.linked - {n for email, n in linked if email == person.emails[0]}:
            wrong.append(f"{person.emails[0]} was told that {number} is linked, and it is not")
    return wrong


def unlinked(people: Iterable[Person]) -> list[str]:
    wrong = []
    for person in people:
        links = LinkedAccount.objects.filter(member__email=person.emails[0])
        back = links.filter(account__account_number__in=person.unlinked)
        for number in back.values_list("account__account_number", flat=True):
            wrong.append(f"{person.emails[0]} was told that {number} is not linked, and it is")
    return wrong


def second_steps(people: Iterable[Person]) -> list[str]:
    """Exactly those who were told that two-step verification is on are asked for a code."""
    wrong = []
    for person in people:
        if person.is_member and len(person.factors) == 1:
            is_on = SecondFactor.objects.filter(user__email=person.emails[0]).exists()
            if is_on != (person.factors[0] is not None):
                wrong.append(f"{person.emails[0]} has {'a' if is_on else 'no'} second step")
    return wrong


def helpers(people: Iterable[Person]) -> list[str]:
    """Helpers who were removed have no access, and none has it twice."""
    wrong = []
    for helper in (helper for person in people for helper in person.helpers):
        email = helper.household.email
        number = Helper.objects.open().filter(email=email).count()
        if number > (not helper.was_sent_away):
            wrong.append(f"{email} has access {number} times, sent away: {helper.was_sent_away}")
    return wrong


def receipts(state: State, people: Iterable[Person]) -> list[str]:
    """Guests' receipts say "paid" exactly where Invoice Cloud has their money and staff have not
    recorded that it went back."""
    back = {str(payment.payment_guid) for payment in Payment.objects.all() if payment.is_reversed}
    there = [payment for payment in state["payments"] if payment["approved"]]
    approved = {payment["hosted_payment"] for payment in there if payment["guid"] not in back}
    wrong = []
    for person in people:
        for path, hosted in person.receipts.items():
            try:
                says_paid = 'data-status="paid"' in person.browser.get(path).text
            except Interrupted:
                wrong.append("a receipt cannot be opened in calm weather")
                continue
            if says_paid != (hosted.rsplit("/", 1)[-1] in approved):
                what = "paid" if says_paid else "not paid"
                wrong.append(f"a receipt says {what}, and that is not so")
    return wrong


def unfinished() -> list[str]:
    """Finds unfinished tasks. If an email was not sent, the next attempt is a task of its own."""
    changes = [f"a change is open: {each.kind}" for each in CredentialChange.objects.open()]
    others = DBTaskResult.objects.exclude(task_path=IMPORT)
    tasks = Counter(others.values_list("status", "exception_class_path"))
    return changes + [
        f"background work is {status.lower()}: {number} {why}"
        for (status, why), number in tasks.items()
        if status != "SUCCESSFUL" and not why.endswith(f".{EmailNotSent.__name__}")
    ]


def answers(town: Town) -> list[str]:
    """A 503 is only for a database or a Redis that was unavailable while the page was rendered."""
    return [
        f"answered 503 while the database was there: {address}"
        for asked_at, answered_at, address in town.refused
        if not any(asked_at <= end and begin <= answered_at for begin, end in town.away)
    ]
