"""The checkouts that the postbacks are about."""

from accounts.models import UtilityAccount
from accounts.tokens import digest
from bench.flood.postbacks import token
from payments.models import Checkout, CheckoutAccount
from tests import cast as people


def create_checkouts(number: int) -> None:
    """Creates opened checkouts."""
    biller = people.springfield()
    accounts = list(UtilityAccount.objects.all())
    checkouts = Checkout.objects.bulk_create(
        [
            Checkout(
                biller=biller,
                kind=Checkout.Kind.GUEST,
                visitor=f"visitor {n}",
                address=f"address-{n}",
                biller_reference=f"R{n}",
                postback_digest=digest(token(n)),
                return_digest=digest(f"return {n}"),
            )
            for n in range(number)
        ],
        batch_size=2000,
    )
    CheckoutAccount.objects.bulk_create(
        [
            CheckoutAccount(checkout=each, account=accounts[n % len(accounts)], position=0)
            for n, each in enumerate(checkouts)
        ],
        batch_size=2000,
    )
