"""The one line on the dashboard."""

from collections.abc import Collection, Iterable

from accounts.linked_accounts.dashboard import Row
from accounts.models import LinkedAccount, Member
from reminders.facts import Facts, facts_of
from reminders.models import PastReminder
from reminders.rules import RULES, Reminder, Rule

# With more accounts, the table shows it better: overdue first.
MOST_ACCOUNTS = 50
How = PastReminder.How


def line_for(member: Member, rows: Collection[Row] | None = None) -> Reminder | None:
    """Returns the most important reminder that the member has not closed. With a single account,
    nothing is repeated that its card says right below.

    rows: all accounts, if the page shows them, with their balances that are certain.
    """
    if rows is None:
        links = list(member.links.select_related("account")[: MOST_ACCOUNTS + 1])
        current = None
    else:
        links = sorted((row.link for row in rows), key=_place)
        current = {row.link.account_id: row.balance for row in rows if row.balance}
    if not links or len(links) > MOST_ACCOUNTS:
        return None
    rules = [rule for rule in RULES if len(links) > 1 or not rule.on_card]
    about_bills = any(rule.on_card for rule in rules)
    facts = facts_of(member, links, current=current, about_bills=about_bills)
    facts = [each for each in facts if any(rule.applies(each) for rule in rules)]
    return _first(rules, facts, set(_closed(member))) if facts else None


def _place(link: LinkedAccount) -> tuple[bool, str]:
    """Sorts like `LinkedAccount`."""
    return not link.is_first, link.account.account_number


def close(member: Member, kind: str) -> None:
    """Closes the line, if it is still of this kind."""
    line = line_for(member)
    if line is None or line.kind != kind or not line.rule.closable:
        return
    rows = [PastReminder(member=member, how=How.CLOSED, about=key) for key in line.keys]
    PastReminder.objects.bulk_create(rows, ignore_conflicts=True)


def _closed(member: Member) -> Iterable[str]:
    return member.past_reminders.filter(how=How.CLOSED).values_list("about", flat=True)


def _first(rules: list[Rule], facts: list[Facts], closed: set[str]) -> Reminder | None:
    for rule in rules:
        # A bill has one key, but closing one kind of reminder must not hide another that cannot be
        # closed.
        hidden = closed if rule.closable else set()
        about = [each for each in facts if rule.applies(each) and rule.key(each) not in hidden]
        if about:
            return Reminder(rule, about)
    return None
