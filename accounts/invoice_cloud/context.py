"""What one attempt to connect a member to Invoice Cloud holds in its hands."""

from dataclasses import dataclass, field

from accounts.models import LinkedAccount, Member, UtilityAccount
from icsso.client.client import InvoiceCloudClient


@dataclass(frozen=True)
class ConnectContext:
    """client: of the member's biller, with the time this attempt may take."""

    member: Member
    password: str = field(repr=False)
    client: InvoiceCloudClient

    @property
    def email(self) -> str:
        return self.member.email

    def is_ours(self, email: str | None) -> bool:
        return (email or "").strip().lower() == self.email

    def is_still_right(self) -> bool:
        """Whether the member is called the same, and no change of credentials is under way:
        Register Accounts with an address of before would make a second user of them there."""
        members = Member.objects.filter(pk=self.member.pk, email=self.email, is_active=True)
        return members.exists() and not self.member.credential_changes.open().exists()

    def links(self) -> list[LinkedAccount]:
        """Those not yet settled before the others, the one shown first at the front."""
        links = self.member.links.select_related("account")
        return sorted(links[:100], key=lambda link: link.state != LinkedAccount.State.PENDING)

    def first_account(self) -> UtilityAccount | None:
        """The one shown first."""
        link = self.member.links.select_related("account").first()
        return link.account if link else None
