"""The data of one attempt to connect a member to Invoice Cloud."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from accounts.models import LinkedAccount, Member, UtilityAccount
from icsso.billers.registrations import users_of_account
from icsso.client.client import InvoiceCloudClient
from icsso.client.contract import User
from icsso.client.parsing import email_address
from icsso.queries import MadeOnce


@dataclass(frozen=True)
class ConnectContext:
    """client: of the member's biller, limited to the time this attempt may take."""

    member: Member
    password: str = field(repr=False)
    client: InvoiceCloudClient

    @property
    def email(self) -> str:
        return self.member.email

    def users_of(self, account_number: str) -> tuple[User, ...]:
        """Returns Invoice Cloud's users of an account; none if it does not exist there."""
        return users_of_account(self.member.biller, self.client, account_number)

    def is_ours(self, email: str | None) -> bool:
        return email_address(email or "") == email_address(self.email)

    def is_still_right(self) -> bool:
        """Returns whether the email is unchanged and no credential change is in progress: Register
        Accounts with an old email would create a second user there."""
        members = Member.objects.filter(pk=self.member.pk, email=self.email, is_active=True)
        return members.exists() and not self.member.credential_changes.open().exists()

    def links(self) -> list[LinkedAccount]:
        """Returns up to 100 links, pending ones first; within each group, the main account first,
        then by account number."""
        links = self.member.links.select_related("account")
        return sorted(links[:100], key=lambda link: link.state != LinkedAccount.State.PENDING)

    def first_account(self) -> UtilityAccount | None:
        """Returns the main account, if any."""
        return next((link.account for link in _first(member_id=self.member.pk)), None)


def _in_order(**values: Any) -> QuerySet[LinkedAccount]:
    return LinkedAccount.objects.standing().filter(**values).select_related("account")[:1]


_first = MadeOnce(_in_order, member_id=LinkedAccount._meta.get_field("member"))
