"""Other members' accounts that a helper has paid. Helpers see only the end of the number."""

from accounts.models import Member, UtilityAccount
from payments.models import Checkout, CheckoutAccount
from payments.models.checkout_account import CheckoutAccountQuerySet


def others_parts(member: Member) -> CheckoutAccountQuerySet:
    """Returns what the member paid as a helper, for accounts that are not theirs now."""
    paid: CheckoutAccountQuerySet = CheckoutAccount.objects.filter(
        checkout__member=member, by_helper=True
    )
    return paid.exclude(account__in=member.links.order_by().values("account")).order_by()


def others_accounts(member: Member) -> frozenset[int]:
    """Returns their primary keys."""
    return frozenset(others_parts(member).values_list("account_id", flat=True))


def others_in(checkout: Checkout) -> frozenset[int]:
    """Returns those of a checkout, without a query for most."""
    if not checkout.helped or checkout.member is None:
        return checkout.helped
    return others_accounts(checkout.member)


def shown_number(account: UtilityAccount, *, is_helped: bool) -> str:
    return account.masked_number if is_helped else account.account_number
