"""Responses that several kinds of pages use."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


def see_other(url: str) -> HttpResponse:
    """Redirects with 303, so that the browser follows with GET after a POST."""
    return HttpResponseRedirect(url, status=303)


def other_origin(request: HttpRequest) -> str:
    """Returns the sandbox's other origin: the same port under the name localhost."""
    return f"{request.scheme}://localhost:{request.get_port()}"


def no_store(response: HttpResponse) -> HttpResponse:
    """Keeps a page whose URL contains a key out of caches and Referer headers."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
