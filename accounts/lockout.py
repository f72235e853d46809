"""What django-axes asks us: whom an attempt is about, and what to answer after too many."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def throttled_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The same address at two billers is two names."""
    given = credentials or {}
    name = given.get("username") or given.get("email") or request.POST.get("username", "")
    biller = getattr(request, "biller", None)
    return f"{biller.slug if biller else 'staff'}:{str(name).strip().lower()}"


def too_many_attempts(
    request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any
) -> HttpResponse:
    return render(request, "accounts/too_many_attempts.html", status=429)
