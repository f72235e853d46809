"""A balance, and what can be said about it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from django.utils import timezone

SOON = 7  # days
FRESH = timedelta(minutes=15)  # older balances are shown with their time


@dataclass(frozen=True, kw_only=True)
class Balance:
    """amount: dollars, negative for a credit. The three enrollments: None means unknown. zone: the
    biller's, where the bill is due until the end of the day."""

    amount: Decimal
    due_date: date | None = None
    autopay: bool | None = None
    paperless: bool | None = None
    pay_by_text: bool | None = None
    asked_at: datetime = field(default_factory=timezone.now, compare=False)
    zone: tzinfo = field(default_factory=timezone.get_current_timezone, compare=False)

    @property
    def kind(self) -> str:
        """Returns credit, nothing, overdue, or due: the page has its own text for each."""
        if self.amount < 0:
            return "credit"
        if self.amount == 0:
            return "nothing"
        return "overdue" if (self.days_left or 0) < 0 else "due"

    @property
    def is_soon(self) -> bool:
        """Returns whether it is due within a week."""
        return self.kind == "due" and self.days_left is not None and self.days_left <= SOON

    @property
    def is_left_to_autopay(self) -> bool:
        """Returns whether nothing is left to do. AutoPay did not pay an overdue bill."""
        return self.kind == "due" and bool(self.autopay)

    @property
    def is_fresh(self) -> bool:
        return self.is_recent(self.asked_at)

    @staticmethod
    def is_recent(asked_at: datetime) -> bool:
        return timezone.now() - asked_at < FRESH

    @property
    def enrolments(self) -> dict[str, bool]:
        """Returns the known enrollments by the name of their billing page."""
        names = ("autopay", "paperless", "pay_by_text")
        known = {name: getattr(self, name) for name in names}
        return {name: on for name, on in known.items() if on is not None}

    @property
    def days_left(self) -> int | None:
        """Returns days from the biller's today until the due date; negative if past."""
        today = timezone.localdate(timezone=self.zone)
        return (self.due_date - today).days if self.due_date else None
