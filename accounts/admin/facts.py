"""One-line facts for the admin pages of members and sign-ups."""

from collections.abc import Iterable

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import LinkedAccount, Member, Signup, UndeliveredEmail
from icsso.billers.models import Biller

LATEST = 5  # emails
MOST_BILLERS = 2  # of a row in a list
State = LinkedAccount.State


def all_links(member: Member) -> SafeString:
    """Returns the number of linked accounts in each state, each with a link to the list."""
    address = reverse("admin:accounts_linkedaccount_changelist")
    numbers = dict(member.all_links.order_by().values_list("state").annotate(Count("pk")))
    rows = (
        (f"{address}?member__id__exact={member.pk}&state__exact={state}", state.label, number)
        for state in State
        if (number := numbers.get(state))
    )
    return format_html_join(" · ", '<a href="{}">{}: {}</a>', rows) or SafeString(_("none"))


def first_billers(billers: Iterable[Biller]) -> str:
    """Returns the names of the first billers, and the number of the others."""
    names = [biller.name for biller in billers]
    number = len(names) - MOST_BILLERS
    if number <= 1:
        return ", ".join(names)
    return and_more(", ".join(names[:MOST_BILLERS]), number)


def and_more(names: str, number: int) -> SafeString:
    words = ngettext("%(names)s, and %(number)s more", "%(names)s, and %(number)s more", number)
    return SafeString(words % {"names": conditional_escape(names), "number": number})


def undelivered_emails(recipient: Member | Signup) -> SafeString:
    """Returns the latest emails to this person that did not arrive: which, when, and why."""
    about = "signup" if isinstance(recipient, Signup) else "member"
    failures = UndeliveredEmail.objects.filter(**{about: recipient.pk})
    rows = (
        (
            date_format(timezone.localtime(failure.at), "SHORT_DATETIME_FORMAT"),
            failure.label,
            failure.get_reason_display(),
            f" ({failure.code})" if failure.code else "",
        )
        for failure in failures.order_by("-at")[:LATEST]
    )
    return format_html_join(SafeString("<br>"), "{}: {}, {}{}", rows) or SafeString(_("none"))
