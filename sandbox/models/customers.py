"""Billers, their customers, and the users who registered customer accounts."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone

from .fields import money, new_key


class Biller(models.Model):
    """A utility that has a contract with Invoice Cloud."""

    name = models.CharField(max_length=200)
    api_key = models.CharField(max_length=200, unique=True)
    biller_guid = models.UUIDField(default=uuid.uuid4)
    web_service_key = models.CharField(max_length=200, blank=True)
    # "Display latest $0 or negative balances in Open Invoices and CPV2"
    setting_129 = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    token_seconds = models.PositiveIntegerField(default=1200)

    def __str__(self) -> str:
        return self.name


class RegisteredUser(models.Model):
    """A user of a biller's customer portal."""

    biller = models.ForeignKey(Biller, models.CASCADE, related_name="users")
    email = models.CharField(max_length=254)  # lowercase
    # An address can be registered several times, with different passwords, if a variant says so.
    number = models.PositiveSmallIntegerField(default=1)
    password = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["biller", "email", "number"], name="one_user_by_email")
        ]

    def __str__(self) -> str:
        return self.email

    def set_password(self, password: str) -> None:
        self.password = make_password(password)

    def has_password(self, password: str) -> bool:
        return check_password(password, self.password)

    def customers(self) -> "models.QuerySet[Customer]":
        return Customer.objects.filter(registration__user=self).order_by("account_number")

    def new_token(self, *, seconds: int) -> "Token":
        lifetime = timedelta(seconds=seconds)
        return Token.objects.create(user=self, expires_at=timezone.now() + lifetime)


class Token(models.Model):
    """A RemoteAuthenticationToken."""

    user = models.ForeignKey(RegisteredUser, models.CASCADE, related_name="tokens")
    value = models.CharField(max_length=100, unique=True, default=new_key)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"token of {self.user}"

    @property
    def expired(self) -> bool:
        return self.expires_at <= timezone.now()


class PaymentMethod(models.Model):
    """A saved card or bank account. Only the last four digits of its number are stored."""

    CARD, BANK = "card", "bank"

    user = models.ForeignKey(RegisteredUser, models.CASCADE, related_name="methods")
    kind = models.CharField(max_length=4, choices=[(CARD, "Card"), (BANK, "Bank account")])
    label = models.CharField(max_length=100, blank=True)
    brand = models.CharField(max_length=40)  # Visa, Checking, …
    last4 = models.CharField(max_length=4)
    expiry = models.CharField(max_length=7, blank=True)  # MM/YYYY

    def __str__(self) -> str:
        return f"{self.brand} ending in {self.last4}"


class Customer(models.Model):
    """A customer account at Invoice Cloud."""

    biller = models.ForeignKey(Biller, models.CASCADE, related_name="customers")
    account_number = models.CharField(max_length=50)
    guid = models.UUIDField(unique=True, default=uuid.uuid4)
    name = models.CharField(max_length=200, blank=True)
    address1 = models.CharField(max_length=200, blank=True)
    address2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=50, blank=True)
    zip = models.CharField(max_length=20, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    autopay = models.BooleanField(default=False)
    autopay_method = models.ForeignKey(PaymentMethod, models.SET_NULL, null=True, blank=True)
    paperless = models.BooleanField(default=False)
    pay_by_text = models.CharField(max_length=50, blank=True)  # empty: not enrolled

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["biller", "account_number"], name="one_account_number")
        ]

    def __str__(self) -> str:
        return f"{self.account_number} {self.name}".strip()

    @property
    def balance(self) -> Decimal:
        return sum((invoice.balance for invoice in self.invoices.all()), Decimal("0.00"))

    @property
    def due_date(self) -> date | None:
        return min((i.due_date for i in self.invoices.all() if i.balance > 0), default=None)

    def open_invoices(self) -> "list[Invoice]":
        """Returns what Open Invoices and the hosted payment page list, earliest due date first.
        Biller setting 129 adds credits and the latest invoice even if nothing is owed."""
        invoices = sorted(self.invoices.all(), key=lambda i: (i.due_date, i.date, i.number))
        latest = max(invoices, key=lambda i: (i.date, i.pk), default=None)
        if not self.biller.setting_129:
            return [i for i in invoices if i.balance > 0]
        return [i for i in invoices if i.balance != 0 or i == latest]


class Registration(models.Model):
    """Connects an account to its registered user. An account has at most one user; a user may have
    many accounts."""

    user = models.ForeignKey(RegisteredUser, models.CASCADE, related_name="registrations")
    customer = models.OneToOneField(Customer, models.CASCADE, related_name="registration")

    def __str__(self) -> str:
        return f"{self.customer} registered by {self.user}"


class Invoice(models.Model):
    """A bill of one account, paid or unpaid."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=60)
    type_id = models.CharField(max_length=20, default="1")
    date = models.DateField()
    due_date = models.DateField()
    amount = money()
    balance = money()  # zero: paid; negative: a credit

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "number"], name="one_invoice_number")
        ]

    def __str__(self) -> str:
        return self.number


class ScheduledPayment(models.Model):
    """A payment planned for a later day."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="scheduled_payments")
    user = models.ForeignKey(RegisteredUser, models.CASCADE, related_name="scheduled_payments")
    method = models.ForeignKey(PaymentMethod, models.CASCADE, related_name="scheduled_payments")
    amount = money()
    date = models.DateField()

    def __str__(self) -> str:
        return f"{self.amount} on {self.date}"


class PageSession(models.Model):
    """A session on the portal pages. Its key is part of the URL because a frame gets no cookies."""

    key = models.CharField(max_length=100, unique=True, default=new_key)
    user = models.ForeignKey(RegisteredUser, models.CASCADE, related_name="page_sessions")
    token = models.ForeignKey(Token, models.CASCADE, related_name="page_sessions")
    view_mode = models.PositiveSmallIntegerField(default=1)
    redirect_id = models.PositiveSmallIntegerField(default=1)
    css_url = models.CharField(max_length=2000, blank=True)
    return_url = models.CharField(max_length=2000, blank=True)
    return_site_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"page session of {self.user}"
