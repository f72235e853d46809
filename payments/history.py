"""The payments that the portal knows of a member."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from payments.models import Checkout, Postback


def of(member: User) -> QuerySet[Checkout]:
    """The member's checkouts that came to something, newest first; not pages merely opened."""
    called = Exists(Postback.objects.filter(checkout=OuterRef("pk")))
    return (
        Checkout.objects.filter(called | Q(returned_at__isnull=False), member=member)
        .select_related("account", "payment")
        .prefetch_related("postbacks__decisions", "payment__lines")
        .order_by("-created_at", "-pk")
    )
