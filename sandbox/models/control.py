"""Records that are not part of Invoice Cloud: faults, the call log, and the inbox."""

import re

from django.db import models
from django.utils import timezone


class Fault(models.Model):
    """A fault that is switched on."""

    operation = models.CharField(max_length=50)  # * for all operations
    kind = models.CharField(max_length=30)
    times = models.PositiveIntegerField(null=True, blank=True)  # null: until switched off
    seconds = models.FloatField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} on {self.operation}"


class Call(models.Model):
    """A REST call that was received."""

    operation = models.CharField(max_length=50)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    authorization = models.CharField(max_length=10)  # basic, key_only, other, none
    body = models.JSONField(null=True)  # secrets masked
    fault = models.CharField(max_length=30, blank=True)
    status = models.PositiveSmallIntegerField(null=True)  # null: no response was sent
    started = models.FloatField()  # seconds since 1970
    ended = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.operation} {self.status}"


class Mail(models.Model):
    """An email that the sandbox's SMTP server received."""

    to = models.TextField()  # addresses, comma-separated
    sender = models.CharField(max_length=254)
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.subject

    @property
    def links(self) -> list[str]:
        found = re.findall(r"https?://[^\s<>\"']+", f"{self.text}\n{self.html}")
        return list(dict.fromkeys(link.rstrip(".,;)").replace("&amp;", "&") for link in found))


class Switch(models.Model):
    """A variant that is on."""

    name = models.CharField(max_length=50, unique=True)
    value = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.name


class Capture(models.Model):
    """The exchanges of one operation in a capture that was loaded, which it imitates."""

    operation = models.CharField(max_length=50, unique=True)
    exchanges = models.JSONField()
    profile = models.JSONField(default=dict)  # the operation's part of a wire profile

    def __str__(self) -> str:
        return f"capture of {self.operation}"


class Clock(models.Model):
    """How many days the sandbox is ahead. There is one row at most."""

    days_ahead = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.days_ahead} days ahead"
