"""Responses that all pages share."""

from django.http import HttpResponse, HttpResponseRedirect


def see_other(url: str) -> HttpResponse:
    return HttpResponseRedirect(url, status=303)


def unstored(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"  # the key stands in the address
    return response
