"""Pages of the house itself: its door, and the biller's colours."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


def brand(request: HttpRequest) -> HttpResponse:
    return HttpResponse(":root{}", content_type="text/css")


def change_password(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:password_reset")
