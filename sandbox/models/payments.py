"""Hosted payment pages, payments, and postbacks."""

import uuid
from decimal import Decimal

from django.db import models
from django.utils import timezone

from .customers import Biller, Customer, PaymentMethod, RegisteredUser
from .fields import money, new_key


class HostedPayment(models.Model):
    """One Cloud Payments V2 request and its payment page."""

    biller = models.ForeignKey(Biller, models.CASCADE, related_name="hosted_payments")
    key = models.CharField(max_length=100, unique=True, default=new_key)
    # the user whose RemoteAuthenticationToken was sent with the request
    user = models.ForeignKey(RegisteredUser, models.SET_NULL, null=True, blank=True)
    # Field names as in the contract, JSON booleans, ISO dates, amounts as decimal text.
    request = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)  # set by an approved payment

    def __str__(self) -> str:
        return f"hosted payment for {self.request['Customers'][0]['AccountNumber']}"


class Payment(models.Model):
    """A payment that was approved or declined."""

    guid = models.UUIDField(unique=True, default=uuid.uuid4)
    biller = models.ForeignKey(Biller, models.CASCADE, related_name="payments")
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True)
    user = models.ForeignKey(RegisteredUser, models.SET_NULL, null=True, blank=True)
    hosted = models.ForeignKey(
        HostedPayment, models.CASCADE, null=True, blank=True, related_name="payments"
    )
    account_number = models.CharField(max_length=50)
    lines = models.JSONField()  # [{"account_number", "invoice_number", "amount"}]
    amount = money()  # without the fee
    fee = money(default=Decimal("0.00"))
    approved = models.BooleanField()
    message = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=4, choices=PaymentMethod._meta.get_field("kind").choices)
    brand = models.CharField(max_length=40, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    remote_ip = models.CharField(max_length=45, blank=True)
    automatic = models.BooleanField(default=False)  # AutoPay, or scheduled for a day
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.amount} {'approved' if self.approved else 'declined'}"

    @property
    def total(self) -> Decimal:
        return self.amount + self.fee


class PostbackSettings(models.Model):
    """How and when postbacks are sent, for one biller or for all of them."""

    BEFORE, AFTER, NEVER = "before_return", "after_return", "never"

    # null: all billers that have no settings of their own
    biller = models.OneToOneField(Biller, models.CASCADE, null=True, blank=True)
    when = models.CharField(max_length=20, default=BEFORE)
    delay_seconds = models.FloatField(default=0)
    copies = models.PositiveIntegerField(default=1)
    place = models.CharField(max_length=5, default="body")  # body, query, both
    return_method = models.CharField(max_length=4, default="GET")
    shuffle = models.BooleanField(default=False)
    per_invoice = models.BooleanField(default=False)  # one postback per invoice of a payment
    per_account = models.BooleanField(default=True)  # one postback per account of a payment
    overrides = models.JSONField(default=dict)  # {field: text, or null to omit the field}
    retries = models.PositiveIntegerField(default=5)

    def __str__(self) -> str:
        return f"postbacks of {self.biller or 'all billers'}"


class PostbackSent(models.Model):
    """A postback and the attempts to deliver it."""

    hosted = models.ForeignKey(HostedPayment, models.CASCADE, related_name="postbacks")
    payment = models.ForeignKey(Payment, models.CASCADE, null=True, blank=True)
    url = models.CharField(max_length=4000)
    place = models.CharField(max_length=5)
    fields = models.JSONField()  # [[name, text]] in the order sent
    attempts = models.JSONField(default=list)  # [{"at", "status", "error"}]
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # of the last response
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"postback answered {self.status}"
