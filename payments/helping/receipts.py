"""The payments that a helper sees: the owner's of this account, from the helper's first day."""

from collections.abc import Sequence
from datetime import datetime, time
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import CustomerChange, HelperAccount
from payments.models import CheckoutAccount, Payment
from payments.models.payment import PaymentQuerySet


def payments_shown(shares: Sequence[HelperAccount]) -> PaymentQuerySet:
    """Returns payments by the owner, payments by helpers on the owner's behalf, and payments that
    staff added, newest first. Leaves out guests' payments, payments from before the day on which
    the helper began, and payments from before the CIS gave the account to its present customer.

    shares: all of one account with one helper, at least one: each shows what its owner shares.
    """
    later = CustomerChange.objects.filter(account=OuterRef("account"), at__gt=OuterRef("paid_at"))
    of_any = reduce(or_, (_shown_by(each) for each in shares))
    rows: PaymentQuerySet = Payment.objects.filter(
        of_any, ~Exists(later), account=shares[0].link.account_id
    )
    return rows.select_related("checkout", "account__biller").with_reversals().order_by("-paid_at")


def _shown_by(shared: HelperAccount) -> Q:
    owner = shared.helper.owner_id
    by_helper = CheckoutAccount.objects.filter(
        checkout=OuterRef("checkout"), account=OuterRef("account"), on_behalf_of=owner
    )
    whose = Q(checkout=None) | Q(checkout__member=owner) | Exists(by_helper)
    return whose & Q(paid_at__gte=_first_day(shared))


def _first_day(shared: HelperAccount) -> datetime:
    """Returns the beginning of the day, because Invoice Cloud's times are from another clock."""
    zone = shared.link.account.biller.zone
    day = timezone.localdate(shared.helper.accepted_at, zone)
    return datetime.combine(day, time.min, zone)
